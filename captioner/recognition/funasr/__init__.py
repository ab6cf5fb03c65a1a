"""Alibaba Cloud's Fun-ASR and Paraformer: requests, the client, and the meaning of replies.

Used from outside: `fun_asr.FunAsr`, `catalogue.find_model`, `options.RecognitionOptions`, `client.AsrClient`,
`hotwords.Vocabularies`. Only `client`, `http` and `download` import httpx; the service's own names of fields stay
inside this package.
"""
