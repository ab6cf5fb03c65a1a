"""Alibaba Cloud's Fun-ASR and Paraformer: requests, the client, and the meaning of replies.

Used from outside: `catalogue.find_model`, `options.RecognitionOptions`, `client.AsrClient`,
`lost_submission.candidates` and `confirm`, `task_status.task_report`, `result.to_transcript`, `hotwords.Vocabularies`.
Only `client`, `http` and `download` import httpx; the service's own names of fields stay inside this package.
"""
