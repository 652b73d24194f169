"""Let promptfoo write the files beside this script; README.md says how to run it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.peers.install import install, program, quiet_environment

HERE = Path(__file__).parent


def main() -> None:
    """Let it make up tests in both of its formats, and write some into its configuration."""
    install("promptfoo")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for given in ("start.yaml", "scripted_model.js"):
            shutil.copy(HERE / given, folder)
        for option in ("--output=made_up.yaml", "--output=made_up.csv", "--write"):
            command = [
                program("promptfoo", "promptfoo"),
                "generate",
                "dataset",
                option,
                "--no-cache",
            ]
            made = ["--config=start.yaml", "--provider=file://scripted_model.js"]
            subprocess.run(
                [*command, *made, "--numPersonas=1", "--numTestCasesPerPersona=2"],
                cwd=folder,
                env=quiet_environment(folder),
                check=True,
            )
        for made in ("made_up.yaml", "made_up.csv"):
            shutil.copy(folder / made, HERE)
        shutil.copy(folder / "start.yaml", HERE / "promptfooconfig.yaml")


if __name__ == "__main__":
    main()
