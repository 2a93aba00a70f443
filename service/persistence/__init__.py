"""Where the service remembers: tables, migrations, and the ledger behind the ports of `service.ports`.

Nothing here is imported by the cycle; `service/app.py` hands a `SqlLedger` in.
"""

from __future__ import annotations

from service.persistence.engine import migrate, open_engine
from service.persistence.ledger import SqlLedger

__all__ = ["SqlLedger", "migrate", "open_engine"]
