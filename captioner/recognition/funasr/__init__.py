"""The recogniser's room: what to ask for, the exchanges with the service, and what its replies mean.

Doors: `models.find`, `options.RecognitionOptions`, `client.AsrClient`, `wait.transcribe`, `lookup.candidates` and
`lookup.confirm`, `report.task_report`, `reply.to_transcript`, `vocabulary.Vocabularies`. Only `client` imports httpx;
the names of the wire stop inside this room.
"""
