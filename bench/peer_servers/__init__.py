# SPDX-License-Identifier: Apache-2.0
"""The servers that tools/bench peers measures beside this one: how each is had, set up and started."""
