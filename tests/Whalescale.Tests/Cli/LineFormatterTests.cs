using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Whalescale.Agent;
using Whalescale.Agent.Cli;

namespace Whalescale.Tests.Cli;

public sealed class LineFormatterTests
{
    [Fact]
    public void An_event_is_one_line_whatever_is_in_it()
    {
        using var output = new StringWriter();
        var entry = new LogEntry<string>(
            LogLevel.Warning, "Whalescale.Api", new EventId(1002), "beta\r\n2026-01-01 info forged \u001b[31m",
            new InvalidOperationException("two\nlines"), (state, _) => state);
        new LineFormatter().Write(entry, null, output);
        string line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warn  Whalescale\.Api\[1002\] beta \| 2026", line);
        Assert.Contains("forged \\u001b[31m", line, StringComparison.Ordinal);
        Assert.Contains("two | lines", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain text, naïve and 日本", "plain text, naïve and 日本")]
    [InlineData("a\u0000b\u007fc\u0085d", "a\\u0000b\\u007fc\\u0085d")]
    [InlineData("\u202egpj.exe", "\\u202egpj.exe")]
    [InlineData("", "")]
    public void What_would_move_the_cursor_becomes_visible(string text, string expected) =>
        Assert.Equal(expected, Printable.Escape(text));
}
