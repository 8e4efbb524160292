using Whalescale.Sessions;
using Whalescale.Tests.Support;

namespace Whalescale.Tests.Sessions;

public sealed class HandshakeRateLimiterTests
{
    private static readonly Instant Start = new(1_000_000_000);
    private readonly HandshakeRateLimiter _limiter = new(TestRandom.Of("limiter"));

    [Fact]
    public void Two_hundred_initiations_in_a_second_are_no_load_and_one_more_is()
    {
        for (int i = 0; i < 200; i++) _limiter.CountInitiation(Start);
        Assert.False(_limiter.IsUnderLoad(Start));

        _limiter.CountInitiation(Start);

        Assert.True(_limiter.IsUnderLoad(Start));
    }

    [Fact]
    public void Load_ends_one_second_after_the_last_sign_of_it()
    {
        for (int i = 0; i < 201; i++) _limiter.CountInitiation(Start);

        Assert.True(_limiter.IsUnderLoad(Start + TimeSpan.FromMilliseconds(999)));
        Assert.False(_limiter.IsUnderLoad(Start + TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void An_inbox_more_than_half_full_is_load()
    {
        _limiter.ReportBacklog(50, 100, Start);
        Assert.False(_limiter.IsUnderLoad(Start));

        _limiter.ReportBacklog(51, 100, Start);
        Assert.True(_limiter.IsUnderLoad(Start));
    }

    [Fact]
    public void One_source_gets_twenty_cookies_a_second_however_often_it_asks()
    {
        IpAddress source = IpAddress.FromIPv4(0xC0000201);
        int given = 0;
        for (int ms = 0; ms < 10_000; ms++)
            if (_limiter.MaySendCookie(source, Start + TimeSpan.FromMilliseconds(ms))) given++;

        Assert.InRange(given, 200, 210);
    }

    [Fact]
    public void An_IPv6_network_of_64_bits_is_one_source()
    {
        int given = 0;
        for (ulong host = 0; host < 1_000; host++)
            if (_limiter.MaySendCookie(new IpAddress(0x2001_0DB8_0000_0001, host), Start)) given++;

        Assert.Equal(10, given);
    }

    [Fact]
    public void All_sources_together_get_two_thousand_cookies_a_second()
    {
        int given = 0;
        for (int i = 0; i < 100_000; i++)
        {
            Instant now = Start + TimeSpan.FromMicroseconds(i * 50);
            if (_limiter.MaySendCookie(IpAddress.FromIPv4((uint)i * 7919), now)) given++;
        }

        Assert.InRange(given, 10_000, 10_200);
    }

    [Fact]
    public void A_refused_cookie_costs_the_common_budget_nothing()
    {
        IpAddress greedy = IpAddress.FromIPv4(1);
        for (int i = 0; i < 100_000; i++) _limiter.MaySendCookie(greedy, Start);

        int others = 0;
        for (uint i = 2; i < 192; i++)
            if (_limiter.MaySendCookie(IpAddress.FromIPv4(i << 8), Start)) others++;

        Assert.Equal(190, others);
    }
}
