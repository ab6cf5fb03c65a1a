"""Alibaba Cloud Model Studio: Fun-ASR and Paraformer.

What to ask for (`options`, `catalogue`, `hotwords`), the exchanges with the service (`client`), what its answers mean
(`task_status`, `result`, `lost_submission`), and all of it behind one protocol (`fun_asr.FunAsr`). Only `client` and
what it is made of import httpx; the service's own field names stop inside this package.
"""
