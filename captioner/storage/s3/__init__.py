"""The user's own bucket, at any store that speaks S3.

The only package that imports boto3, and it does so when a store is made, not when it is imported.
"""

from captioner.storage.s3.media_objects import S3Objects, parse_address
from captioner.storage.s3.s3_store import S3Store

__all__ = ["S3Objects", "S3Store", "parse_address"]
