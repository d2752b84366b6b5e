"""A server that speaks S3: moto's, with one bucket."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["BUCKET", "KEYS", "serving"]

BUCKET: Final = "crm"
KEYS: Final = {"key": "AKIDTEST", "secret": "hush-hush"}


@contextmanager
def serving() -> Iterator[str]:
    """Give the URL of a running server with an empty bucket."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        client = boto3.client(
            "s3",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id=KEYS["key"],
            aws_secret_access_key=KEYS["secret"],
        )
        client.create_bucket(Bucket=BUCKET)
        client.close()
        yield url
    finally:
        server.stop()
