"""HTTP between and into houses.

The base application, who may call what, errors, health, paging, and the client of other houses.
Importing this package pulls in no Flask, so that workers can use `common.web.client` alone.
"""
