"""What a service says of itself: `/openapi.json` for programs, `/docs` for people.

The page is one piece of HTML without anything from elsewhere, so that it works offline. FastAPI's
own pages load their scripts from a public server.
"""

from __future__ import annotations

import html
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter

from evalfirst.service.answers import Health, ProblemDetails
from evalfirst.service.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

    from evalfirst.service.work import Feature

# No answer to a request for a feature that is there: another path, another method, nobody to answer
_ELSEWHERE = frozenset({"client_gone", "method_not_allowed", "not_found", "unknown_feature"})

# Their answers say when to try again.
_LATER = frozenset({429, 503})


def describe(app: FastAPI, features: Mapping[str, Feature]) -> None:
    """Complete an app's description, and add the page `/docs`."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(title=app.title, version=app.version, routes=app.routes)
            )
        return app.openapi_schema

    # the way that FastAPI's manual names for it
    app.openapi = openapi  # type: ignore[method-assign]

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return HTMLResponse(
            _page(app.title, features),
            headers={
                "Content-Security-Policy": (
                    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
                    "connect-src 'self'; base-uri 'none'; form-action 'none'"
                )
            },
        )


def _by_status() -> dict[int, list[str]]:
    kinds: dict[int, list[str]] = defaultdict(list)
    for kind, (status, _, _) in KINDS.items():
        if kind not in _ELSEWHERE:
            kinds[status].append(kind)
    return dict(kinds)


def _completed(made: dict[str, Any]) -> dict[str, Any]:
    """Return the description with the answers that FastAPI cannot know of."""
    components = made.setdefault("components", {})
    template = "#/components/schemas/{model}"
    for model in (ProblemDetails, Health):
        schema = TypeAdapter(model).json_schema(ref_template=template)
        components.setdefault("schemas", {}).update(schema.pop("$defs", {}))
        components["schemas"][model.__name__] = schema
    problems = components["responses"] = {
        f"Problem{status}": _problem(status, kinds) for status, kinds in _by_status().items()
    }
    references = {
        name.removeprefix("Problem"): {"$ref": f"#/components/responses/{name}"}
        for name in problems
    }
    for path, operations in made["paths"].items():
        for operation in operations.values():
            if path.startswith("/v1/"):
                operation["responses"].update(references)
            else:
                operation["responses"] |= {
                    "200": _health("It answers."),
                    "503": _health("It does not; `reasons` says why."),
                }
    return made


def _problem(status: int, kinds: list[str]) -> dict[str, Any]:
    response: dict[str, Any] = {
        "description": "; ".join(f"`{kind}`: {KINDS[kind][1]}" for kind in kinds),
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}
        },
    }
    if status in _LATER:
        response["headers"] = {
            "Retry-After": {
                "description": "Seconds after which to try again.",
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    return response


def _health(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}},
    }


def _page(title: str, features: Mapping[str, Feature]) -> str:
    rows = "".join(
        f"<tr><td>{status}</td><td><code>{kind}</code></td><td>{html.escape(said)}</td></tr>"
        for kind, (status, said, _) in sorted(KINDS.items(), key=lambda item: item[1][0])
        if kind != "client_gone"
    )
    return _PAGE.format(
        title=html.escape(title),
        features="".join(_section(feature) for feature in features.values()),
        rows=rows,
    )


def _section(feature: Feature) -> str:
    # names are letters, digits, - and _; versions are whatever the feature says
    versions = f"Version {html.escape(feature.version)}"
    if feature.prompt_version is not None:
        versions += f", prompt {html.escape(feature.prompt_version)}"
    return _SECTION.format(name=feature.name, versions=versions)


_SECTION = """
<section>
<h2>{name}</h2>
<p>{versions}</p>
<p><code>POST /v1/{name}</code> with the body <code>{{"input": "a text"}}</code></p>
<form data-path="/v1/{name}">
<label for="input-{name}">Input</label>
<textarea id="input-{name}" rows="4" required></textarea>
<button>Ask {name}</button>
<pre role="status" aria-label="Answer of {name}"></pre>
</form>
</section>
"""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }}
h1, h2 {{ line-height: 1.2; }}
label {{ display: block; font-weight: 600; }}
textarea {{ width: 100%; box-sizing: border-box; font: inherit; }}
button {{ font: inherit; padding: .3rem 1rem; margin: .5rem 0; }}
pre {{ background: #f2f2f2; padding: .5rem; white-space: pre-wrap; overflow-wrap: anywhere; }}
pre:empty {{ display: none; }}
table {{ border-collapse: collapse; }}
th, td {{ text-align: left; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #ccc; }}
</style>
<h1>{title}</h1>
<p>Send a text and get the feature's output, with what it cost and which version answered.
<a href="/healthz">Health</a> says whether the service can answer.
<a href="/openapi.json">The description for programs</a> has every field.</p>
{features}
<h2>When there is no answer</h2>
<p>The body is then <code>application/problem+json</code>. Look at its <code>kind</code>.
With 429 and 503, wait the seconds that <code>Retry-After</code> names.</p>
<table>
<thead><tr><th scope="col">Status</th><th scope="col">Kind</th><th scope="col">What it says</th>
</tr></thead>
<tbody>{rows}</tbody>
</table>
<script>
for (const form of document.forms) form.onsubmit = async (event) => {{
  event.preventDefault();
  const shown = form.querySelector("pre");
  shown.textContent = "Waiting for the answer.";
  try {{
    const answer = await fetch(form.dataset.path, {{
      method: "POST", headers: {{ "Content-Type": "application/json" }},
      body: JSON.stringify({{ input: form.querySelector("textarea").value }}),
    }});
    shown.textContent = JSON.stringify(await answer.json(), null, 2);
  }} catch {{ shown.textContent = "The service cannot be reached."; }}
}};
</script>
</html>
"""
