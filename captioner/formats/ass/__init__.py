"""Advanced SubStation Alpha (ASS) and SubStation Alpha (SSA)."""
