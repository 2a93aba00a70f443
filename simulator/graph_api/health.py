"""`python -m simulator.graph_api.health PORT`: exit code 0 where an emulator answers on this machine, 1 otherwise."""

from __future__ import annotations

import sys

import httpx

SECONDS = 3.0


def healthy(port: int) -> bool:
    """Whether its clock can be read, over plain HTTP or over TLS."""
    # Its own certificate is nobody's business here: the answer must come from this machine, and carries no secret.
    with httpx.Client(trust_env=False, timeout=SECONDS, verify=False) as client:  # noqa: S501
        for scheme in ("http", "https"):
            try:
                if client.get(f"{scheme}://127.0.0.1:{port}/_emulator/clock").is_success:
                    return True
            except httpx.HTTPError:
                continue
    return False


if __name__ == "__main__":
    sys.exit(not healthy(int(sys.argv[1])))
