"""The fourth program of the tour: its page, the web app, and the levers behind the buttons."""
