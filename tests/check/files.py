"""Lists the files of the repository, for the checks and tests that read them all."""

import subprocess
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]


def repository_files(*patterns: str) -> list[Path]:
    """Every file that is committed or about to be, by git's own patterns; none that is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = {ROOT / name for name in listed.stdout.split("\0") if name}
    # A file deleted but not yet committed is still listed.
    return sorted(path for path in paths if path.is_file())
