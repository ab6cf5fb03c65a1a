"""Inputs of a run: media that users name, found in folders, lists and buckets, or watched for."""
