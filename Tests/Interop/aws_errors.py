"""Prints the error names of an AWS service's API model, one a line."""

import sys

import botocore.session


def main():
    model = botocore.session.get_session().get_service_model(sys.argv[1])
    for shape in sorted({error.error_code for name in model.operation_names
                         for error in model.operation_model(name).error_shapes}):
        print(shape)


main()
