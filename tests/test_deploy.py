"""Deployment files: least rights, secrets only where they are needed, and the commands in them are ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from captioner.cli import cli as root

yaml = pytest.importorskip("yaml", reason="Dask brings PyYAML")

CLUSTER = Path(__file__).resolve().parents[1] / "deploy" / "cluster"
UNITS = sorted(CLUSTER.parent.rglob("*.service"))
PARTS = {"scheduler": set[str](), "worker": {"store"}, "coordinator": {"store", "key"}}
"""The secrets that each part of a cluster has, beside certificates."""


def documents() -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((CLUSTER / "kubernetes.yaml").read_text()))


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in documents():
        if document["kind"] in ("Deployment", "StatefulSet"):
            template = document["spec"]["template"]
            yield template["metadata"]["labels"]["part"], template["spec"]


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((CLUSTER / "compose.yaml").read_text())["services"]
    return found


@pytest.mark.parametrize(("part", "pod"), list(pods()), ids=lambda value: value if isinstance(value, str) else "")
def test_a_pod_has_the_least_rights(part: str, pod: dict[str, Any]) -> None:
    (container,) = pod["containers"]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert "memory" in container["resources"]["limits"]
    secrets = {
        source["secretRef"]["name"].removeprefix("captioner-")
        for source in container["envFrom"]
        if "secretRef" in source
    }
    assert secrets == PARTS[part]
    writable = {mount["name"] for mount in container["volumeMounts"] if not mount.get("readOnly")}
    assert writable <= ({"tmp", "state", "media"} if part == "coordinator" else {"tmp"})


def test_the_manifests_have_every_part_once_and_one_coordinator() -> None:
    assert sorted(part for part, _ in pods()) == sorted(PARTS)
    kinds = {(document["kind"], document["metadata"]["name"]): document for document in documents()}
    assert kinds["StatefulSet", "captioner-coordinator"]["spec"]["replicas"] == 1
    assert kinds["Namespace", "captioner"]["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    policies = {document["metadata"]["name"] for document in documents() if document["kind"] == "NetworkPolicy"}
    assert policies == {f"captioner-{part}" for part in PARTS}
    assert not [document for document in documents() if document["kind"] == "Secret"]


@pytest.mark.parametrize("part", PARTS)
def test_a_service_of_the_compose_file_has_the_least_rights(part: str) -> None:
    service = services()[part]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {name.removesuffix(".env") for name in service.get("env_file", [])} == PARTS[part]
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("part", PARTS)
def test_a_unit_is_started_again_and_has_its_secrets_only(part: str) -> None:
    text = (CLUSTER / f"captioner-{part}.service").read_text()
    files = set(re.findall(r"^EnvironmentFile=/etc/captioner/(\w+)\.env$", text, re.MULTILINE))
    assert files - {"cluster"} == PARTS[part]
    assert re.search(r"^Restart=(always|on-failure)$", text, re.MULTILINE)
    assert "NoNewPrivileges=yes" in text
    assert "ProtectSystem=strict" in text


def commands() -> Iterator[list[str]]:
    """Commands of captioner in the deployment files."""
    for unit in UNITS:
        line = re.search(r"^ExecStart=(.*(?:\\\n.*)*)", unit.read_text(), re.MULTILINE)
        assert line
        words = line[1].replace("\\\n", " ").split()
        if words[0].endswith("/captioner"):
            yield words[1:]
    yield from (service["command"] for service in services().values() if service["command"])
    yield from (container["args"] for _, pod in pods() for container in pod["containers"] if "args" in container)


@pytest.mark.parametrize("command", list(commands()), ids=lambda command: command[0])
def test_the_commands_in_the_files_have_options_that_there_are(command: list[str]) -> None:
    options = {word for word in command if word.startswith("--")}
    assert options <= options_of(command[0])


def options_of(name: str) -> set[str]:
    context = click.Context(root)
    found = root.get_command(context, name)
    assert found is not None
    return {option for parameter in found.params for option in parameter.opts}


@pytest.mark.process
@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not here")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_understands_the_units(unit: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / unit.name
    copy.write_text(re.sub(r"/opt/captioner/bin/\w+", str(program), unit.read_text()))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False
    )
    complaints = [line for line in done.stderr.splitlines() if unit.name in line]
    assert complaints == []
    shown = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", str(copy)], capture_output=True, text=True, check=False
    ).stdout
    assert float(re.findall(r"exposure level for .*: ([0-9.]+)", shown)[0]) <= 2


def test_kubernetes_knows_every_field_of_the_manifests() -> None:
    validate = pytest.importorskip("kubernetes_validate", reason="pip install kubernetes-validate")
    for document in documents():
        validate.validate(document, "1.30", strict=True)
