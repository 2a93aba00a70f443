"""Meta (Facebook and Instagram) through the official facebook-business SDK, unmodified.

From the wire inwards: `session` (transport and its guards), `usage` (rate-limit headers), `errors` (Meta's codes as our
errors), `calls` (translation and retries), `paging`, `money` and `wire` (rows as the vocabulary's words), `report`
(insights), `account` (the port). `open_account` in `account` is the way in.
"""
