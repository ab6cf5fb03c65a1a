"""`captioner worker`: `dask worker` for media steps, with what can be checked beforehand checked."""

from __future__ import annotations

import os
import socket
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import click

from captioner.cli.help import command
from captioner.cli.progress import say
from captioner.errors import ConfigError, RetryableError
from captioner.jobs.cluster import QUIET_WORKERS, check_address, loopback_host
from captioner.jobs.executors.dask_connection import check_certificates, find_scheduler
from captioner.settings import is_secret_variable
from captioner.storage.credentials import has_credentials

__all__ = ["quiet_environment", "worker"]


def quiet_environment() -> dict[str, str]:
    """The settings of Dask for workers, as environment variables."""
    return {
        f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": str(value) for name, value in QUIET_WORKERS.items()
    }


@command()
@click.argument("scheduler")
@click.option("--processes", type=click.IntRange(1, 256), default=os.cpu_count() or 1, metavar="N",
              help="Worker processes, one for each core (default: all cores).")  # fmt: skip
@click.option("--see", multiple=True, metavar="DIR", type=click.Path(path_type=Path),
              help="A folder of media that must be there; repeatable.")  # fmt: skip
@click.option("--name", default="", metavar="NAME", help="Name in messages (default: the name of this machine).")
@click.option("--insecure", is_flag=True, help="Join a scheduler at tcp:// on another machine, without encryption.")
def worker(scheduler: str, processes: int, see: tuple[Path, ...], name: str, insecure: bool) -> None:
    """Do media steps for a batch: join the Dask SCHEDULER, e.g. tls://scheduler:8786, until stopped.

    Needs the store's credentials where boto3 finds them, and the media under the names that the batch has for them, or
    under those of its --cluster-path. The key of the recognition service is not needed and not used.
    """
    if scheduler.startswith("local:"):
        raise ConfigError(f"worker: {scheduler} needs no workers; give it to --cluster, or name a scheduler here")
    check_address(scheduler, insecure=insecure, option="worker")
    if find_spec("distributed") is None:
        raise ConfigError("worker: Dask is missing; pip install 'captioner[cluster]'")
    for folder in see:
        if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
            raise ConfigError(f"worker: {folder} cannot be read; mount it, or correct --see")
    if not has_credentials():
        raise ConfigError(
            "worker: no credentials for the store; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a boto3 profile"
        )
    check_certificates(scheduler, "worker")
    found, name = find_scheduler(scheduler), name or socket.gethostname()
    if found.version != (ours := version("distributed")):
        say(f"note: the scheduler has Dask {found.version}, this worker {ours}; install the same version on both")
    # Dask numbers the names of several processes (distributed 2026.8).
    names = {name} if processes == 1 else {f"{name}-{number}" for number in range(processes)}
    if taken := sorted(names & found.workers):
        raise RetryableError(
            f"worker: the scheduler has a worker {taken[0]} already; end that one, or give another --name"
        )
    arguments = [scheduler, "--nworkers", str(processes), "--nthreads", "1", "--name", name]
    # Dask's page of a worker has no encryption: it is for this machine alone. So is a worker whose scheduler is on this
    # machine; without its address it would listen on every network, at tcp:// without encryption.
    arguments += ["--no-dashboard", "--dashboard-address", "127.0.0.1:0"]
    arguments += ["--host", host] if (host := loopback_host(scheduler)) else []
    environment = {key: value for key, value in os.environ.items() if not is_secret_variable(key)}
    environment = {**quiet_environment(), **environment}
    # This process becomes Dask's: a signal that ends it must not leave its workers behind. -P: nothing is imported from
    # the working folder, which may hold what came with the media.
    os.execve(sys.executable, [sys.executable, "-P", "-m", "distributed.cli.dask_worker", *arguments], environment)
