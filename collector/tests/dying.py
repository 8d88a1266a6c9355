"""Deaths at every moment that matters: a call to a store does its work and is never answered."""


class Dying:
    """Stands before a store and notes each call; the one of a given number fails after its work."""

    def __init__(self, target, deadly=0):
        self._target, self._deadly = target, deadly
        self.calls = []

    def __getattr__(self, name):
        return self.wrap(getattr(self._target, name))

    def wrap(self, real):
        """Let a function count among the calls."""

        def call(*given, **named):
            self.calls.append(real.__name__)
            fatal = len(self.calls) == self._deadly
            answer = real(*given, **named)
            if fatal:
                raise ConnectionError
            return answer

        return call

    def changes(self):
        """Return the numbers of the calls that changed something.

        A death after one that only reads leaves what a death after the change before it leaves.
        """
        return [number for number, name in enumerate(self.calls, 1) if name != "query"]
