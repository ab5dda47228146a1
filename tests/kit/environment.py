"""A virtual environment of its own that sees everything the tests' environment has, so that nothing is downloaded."""

from __future__ import annotations

import importlib.util
import os
import site
import subprocess
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

from fixtures.missing import missing

PATIENCE = 110.0
"""Seconds that a command may take."""
SCRIPT = "#!{python}\nfrom deskpulse_web.main import main\n\nmain()\n"


class Environment:
    """Packages are installed into it and are gone with it; the environment around stays as it is."""

    def __init__(self, folder: Path) -> None:
        for needed in ("pip", "hatchling"):
            if importlib.util.find_spec(needed) is None:
                missing(f"needs {needed}")
        venv.create(folder, symlinks=True)
        self.bin = folder / "bin"
        self.python = self.bin / "python"
        own = Path(sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)}))
        around = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *site.getsitepackages()]
        lines = [f"import site; site.addsitedir({path!r})" for path in dict.fromkeys(around)]
        (own / "around.pth").write_text("\n".join(lines) + "\n")
        script = self.bin / "deskpulse"
        script.write_text(SCRIPT.format(python=self.python))
        script.chmod(0o755)

    def variables(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment's variables as a person has them who activated it, offline; DeskPulse's own are left out."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("DESKPULSE_", "PYTEST_"))}
        offline = {"PIP_NO_INDEX": "1", "PIP_NO_BUILD_ISOLATION": "0", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        path = f"{self.bin}{os.pathsep}{os.environ.get('PATH', '')}"
        return kept | offline | {"PATH": path, "PIP_ROOT_USER_ACTION": "ignore"} | dict(more or {})

    def run(self, *command: str | Path, cwd: Path, variables: Mapping[str, str] | None = None) -> str:
        """Run a command to its end; what it says, errors and all. Fails where the command does."""
        done = subprocess.run(
            [str(part) for part in command],
            cwd=cwd,
            env=self.variables(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout
