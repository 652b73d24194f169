"""The service without its extra, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout


def test_without_the_extra_the_error_names_it():
    code = """
import sys
sys.modules["fastapi"] = None
sys.modules["uvicorn"] = None
from evalfirst import service
print(service.Budget(requests=1).requests)
for name in ("create_app", "serve"):
    try:
        getattr(service, name)
    except ImportError as error:
        print(error)
"""
    lines = run(code).splitlines()
    assert lines[0] == "1"
    assert len(lines) == 3
    assert all('pip install "evalfirst[service]"' in line for line in lines[1:])


def test_importing_the_package_loads_no_server():
    code = (
        "import sys, evalfirst.service\n"
        "print({'fastapi', 'uvicorn', 'structlog', 'opentelemetry', 'openai'} & set(sys.modules))"
    )
    assert run(code).strip() == "set()"
