"""The service against its own OpenAPI document: schemathesis makes requests from it, right ones and wrong ones.

Every answer has to be one that the document names, in its schema, and none a fault (5xx). Prints one JSON line; the
status is 1 where anything is wrong.

    python benchmarks/serving_fuzz.py --examples 320
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

# A stream of events has no end that a request could wait for.
_ENDLESS = {"/v1/sessions/{session}/events"}
# Those whose only wrong part is their body.
_BODIES = {"POST /v1/recognize", "POST /v1/sessions"}


def start(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """Returns a running service and its address."""
    command = [sys.executable, "-m", "instructerc", "serve", "--port", "0"]
    command += ["--database", f"sqlite:///{folder / 'sessions.db'}"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    found = re.search(r"(http://\S+) \(", process.stdout.readline())
    if found is None:
        process.kill()
        raise SystemExit("the service did not start")
    return process, found[1]


def fuzz(url: str, examples: int) -> dict[str, object]:
    """Returns how many requests were made of each operation, and what was wrong with their answers."""
    import httpx

    document = httpx.get(f"{url}/v1/openapi.json").json()
    session = httpx.post(f"{url}/v1/sessions", json={}).json()["id"]
    httpx.post(f"{url}/v1/sessions/{session}/utterances", json={"speaker": "Ann", "text": "We won!"})
    schema = schemathesis.openapi.from_dict(document)
    schema.config.base_url = url
    schema.config.checks.negative_data_rejection.expected_statuses = ["400", "401", "404", "405", "413", "415", "422"]
    cases: Counter[str] = Counter()
    statuses: Counter[int] = Counter()
    failures: dict[str, str] = {}
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path in _ENDLESS:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            _fuzz_operation(operation, mode, session, examples // 2, cases, statuses, failures)
    return {
        "operations": len(cases),
        "cases": sum(cases.values()),
        "statuses": {str(status): count for status, count in sorted(statuses.items())},
        "failures": failures,
    }


def _fuzz_operation(
    operation: object,
    mode: GenerationMode,
    session: str,
    examples: int,
    cases: Counter[str],
    statuses: Counter[int],
    failures: dict[str, str],
) -> None:
    name = operation.label  # type: ignore[attr-defined]
    strategy = operation.as_strategy(generation_mode=mode)  # type: ignore[attr-defined]
    checks = schemathesis.checks
    always = [
        checks.not_a_server_error,
        checks.status_code_conformance,
        checks.content_type_conformance,
        checks.response_schema_conformance,
        checks.response_headers_conformance,
    ]

    @given(case=strategy)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def run(case: object) -> None:
        # Half of the requests are of a session that is there.
        if "session" in (case.path_parameters or {}) and cases[name] % 2:  # type: ignore[attr-defined]
            case.path_parameters["session"] = session  # type: ignore[attr-defined]
        if case.method == "DELETE":  # type: ignore[attr-defined]
            case.path_parameters["session"] = "00"  # type: ignore[attr-defined]
        cases[name] += 1
        response = case.call(timeout=30)  # type: ignore[attr-defined]
        statuses[response.status_code] += 1
        # A wrong body is refused; a parameter that nobody knows is not. That right ones are taken is not asked: that
        # labels differ by more than case, or belong to a session, no schema says, and of files it says nothing.
        refused = [checks.negative_data_rejection] if name in _BODIES else []
        try:
            case.validate_response(response, checks=[*always, *refused])  # type: ignore[attr-defined]
        except FailureGroup as group:
            for failure in group.exceptions:
                failures.setdefault(f"{name}: {response.status_code}", f"{type(failure).__name__}: {failure}"[:400])

    try:
        run()
    except Unsatisfiable:
        # An operation without parameters can't be asked wrongly.
        return
    except Exception as error:
        failures.setdefault(f"{name}: {mode}", f"{type(error).__name__}: {str(error)[:300]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=320, help="requests of each operation")
    arguments = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        process, url = start(Path(folder))
        try:
            found = fuzz(url, arguments.examples)
        finally:
            process.terminate()
            process.wait(60)
    print(json.dumps({"benchmark": "serving_fuzz", **found, "seconds": round(time.monotonic() - begun, 1)}))
    sys.exit(1 if found["failures"] else 0)


if __name__ == "__main__":
    main()
