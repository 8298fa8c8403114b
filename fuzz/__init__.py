"""Fuzzing: both implementations of the hot path must say the same, and nothing escapes a parser.

`generator` makes tokens out of bytes, so that a coverage-guided fuzzer, Hypothesis and a plain
random loop all drive the same grammar; `differential` holds the two paths against each other;
`parsers` feeds everything else that reads what strangers wrote. `python -m fuzz` runs it.
"""
