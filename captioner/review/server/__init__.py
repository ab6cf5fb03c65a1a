"""The server of `captioner review`: routes, security, streams. The only package that knows HTTP."""
