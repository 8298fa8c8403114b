"""People: their names, their passwords, and the decision whether they may sign in.

Pure, like `oauth`: values in, a value or a refusal out; no clock, no storage.
"""
