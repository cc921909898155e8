from bridge.supervision.allowance import Allowance


class Time:
    seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def test_a_second_s_worth_may_come_at_once_and_no_more() -> None:
    allowance = Allowance(10, Time())
    assert [allowance.take() for _ in range(12)] == [True] * 10 + [False] * 2


def test_what_was_used_comes_back_at_the_rate() -> None:
    time = Time()
    allowance = Allowance(10, time)
    while allowance.take():
        pass
    time.seconds += 0.35
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]


def test_a_long_silence_saves_up_no_more_than_a_second() -> None:
    time = Time()
    allowance = Allowance(10, time)
    time.seconds += 3600.0
    assert sum(allowance.take() for _ in range(100)) == 10
