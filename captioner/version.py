"""The version, apart from the package's public names, so that every module may know it."""

__all__ = ["__version__"]

__version__ = "0.1.0"
