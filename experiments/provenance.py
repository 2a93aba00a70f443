"""Which code a result came from."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def tags() -> dict[str, str]:
    """The commit of this source tree as MLflow's own tag, `-dirty` where files differ; nothing outside a repository."""
    git = shutil.which("git")
    if git is None:
        return {}
    described = subprocess.run(  # noqa: S603 - fixed arguments, found on the path
        [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {"mlflow.source.git.commit": described.stdout.strip()} if described.returncode == 0 else {}
