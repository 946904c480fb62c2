# SPDX-License-Identifier: Apache-2.0
"""Black-box conformance tests for RFC 8693. Only Python's own library; jwcrypto where it is there."""
