"""What a core install says when an integration is imported whose framework is not there."""


class MissingExtra(ModuleNotFoundError):
    """The framework is not installed; the text says which extra brings it."""

    def __init__(self, extra: str, error: ModuleNotFoundError) -> None:
        super().__init__(
            f"{error.name} is not installed, and this integration needs it: "
            f"pip install 'sealwax[{extra}]'",
            name=error.name,
        )
