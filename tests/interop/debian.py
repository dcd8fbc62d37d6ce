"""Python modules that are Debian packages, for a Python beside Debian's, which does not see them."""
import importlib
import os
import sys


def need(*modules):
    """Starts the test anew with Debian's Python where one is missing; a package that is not there is an error."""
    try:
        for name in modules:
            importlib.import_module(name)
    except ImportError:
        if "POSTHORN_PYTHON" in os.environ or not os.path.exists("/usr/bin/python3"):
            raise
        os.execve("/usr/bin/python3", ["/usr/bin/python3", *sys.argv], {**os.environ, "POSTHORN_PYTHON": "/usr/bin/python3"})
