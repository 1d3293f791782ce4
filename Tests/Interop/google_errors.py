"""Prints the codes of google.rpc.Code, one a line."""

from google.rpc import code_pb2

for name in code_pb2.Code.keys():
    print(name)
