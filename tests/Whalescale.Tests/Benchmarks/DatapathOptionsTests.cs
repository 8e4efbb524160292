using Whalescale.Benchmarks.DataPath;

namespace Whalescale.Tests.Benchmarks;

public sealed class DatapathOptionsTests
{
    [Fact]
    public void Without_words_everything_is_measured_on_both_wires_in_three_rounds()
    {
        DatapathOptions options = Parse();

        Assert.Equal(3, options.Rounds);
        Assert.Equal(["offload", "frames"], options.Wires);
        Assert.Equal(["whalescale", "wireguard-go", "nebula", "veth", "limit"], options.Contenders);
        Assert.Equal(["tcp1", "tcp4", "udp", "rtt", "loss"], options.Measures);
        Assert.Null(options.JsonPath);
    }

    [Fact]
    public void Names_are_taken_in_the_order_of_the_tables()
    {
        DatapathOptions options = Parse("--contenders", "veth,whalescale", "--measure", "rtt,tcp1", "--wire", "frames");

        Assert.Equal(["whalescale", "veth"], options.Contenders);
        Assert.Equal(["tcp1", "rtt"], options.Measures);
        Assert.Equal(["frames"], options.Wires);
    }

    [Fact]
    public void Other_options_win_over_quick_wherever_it_stands()
    {
        Assert.Equal(7, Parse("--quick", "--rounds", "7").Rounds);
        Assert.Equal(7, Parse("--rounds", "7", "--quick").Rounds);
        Assert.Equal(1, Parse("--quick").Rounds);
    }

    [Theory]
    [InlineData("--rounds", "0")]
    [InlineData("--rounds", "100")]
    [InlineData("--rounds", "-1")]
    [InlineData("--rounds")]
    [InlineData("--seconds", "61")]
    [InlineData("--wire", "carrier-pigeon")]
    [InlineData("--contenders", "")]
    [InlineData("--contenders", "whalescale,openvpn")]
    [InlineData("--measure", "tcp1,,rtt")]
    [InlineData("--json")]
    [InlineData("--fast")]
    [InlineData("tcp1")]
    public void A_wrong_word_is_refused_by_name(params string[] words)
    {
        Assert.False(DatapathOptions.TryParse(words, out _, out string complaint));
        Assert.Contains(words[0], complaint, StringComparison.Ordinal);
    }

    private static DatapathOptions Parse(params string[] words)
    {
        Assert.True(DatapathOptions.TryParse(words, out DatapathOptions options, out string complaint), complaint);
        return options;
    }
}
