using Whalescale.Paths;
using Whalescale.Tests.Support;

namespace Whalescale.Tests.Paths;

public sealed class PathValidatorTests
{
    private readonly PathValidator _validator = new(TestRandom.Of("validator"));
    private readonly Instant _start = new(1_000_000_000);

    [Fact]
    public void A_response_validates_the_path_and_measures_its_round_trip()
    {
        ulong data = Started();

        Assert.True(_validator.HandleResponse(data, _start + TimeSpan.FromMilliseconds(30), out TimeSpan roundTrip));

        Assert.Equal(ValidationState.Validated, _validator.State);
        Assert.Equal(TimeSpan.FromMilliseconds(30), roundTrip);
        Assert.Equal(Instant.Never, _validator.NextTimeout);
    }

    [Fact]
    public void A_forged_response_leaves_the_path_unvalidated_and_its_deadline_unmoved()
    {
        ulong data = Started();
        Instant deadline = _validator.NextTimeout;

        Assert.False(_validator.HandleResponse(data ^ 1, _start, out _));

        Assert.Equal(ValidationState.Validating, _validator.State);
        Assert.Equal(deadline, _validator.NextTimeout);
    }

    [Fact]
    public void The_answer_to_an_earlier_challenge_counts_and_its_round_trip_is_its_own()
    {
        ulong first = Started();
        Instant second = _validator.NextTimeout;
        _validator.HandleTimeout(second);
        Assert.True(_validator.TryTakeChallenge(out ulong repeated));
        Assert.NotEqual(first, repeated);

        Assert.True(_validator.HandleResponse(first, _start + TimeSpan.FromMilliseconds(400), out TimeSpan roundTrip));

        Assert.Equal(TimeSpan.FromMilliseconds(400), roundTrip);
    }

    [Fact]
    public void After_three_unanswered_challenges_the_path_fails_and_asks_for_no_more_time()
    {
        Started();
        int challenges = 1;
        while (_validator.State == ValidationState.Validating)
        {
            _validator.HandleTimeout(_validator.NextTimeout);
            if (_validator.TryTakeChallenge(out _)) challenges++;
        }

        Assert.Equal(3, challenges);
        Assert.Equal(ValidationState.Failed, _validator.State);
        Assert.Equal(Instant.Never, _validator.NextTimeout);
    }

    private ulong Started()
    {
        _validator.Start(_start);
        Assert.True(_validator.TryTakeChallenge(out ulong data));
        Assert.False(_validator.TryTakeChallenge(out _));
        return data;
    }
}
