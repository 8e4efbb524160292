using System.Text;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Tests.Configuration.Toml;

public sealed class TomlReaderTests
{
    [Fact]
    public void Every_key_and_value_knows_its_line_and_column()
    {
        TomlDocument document = Read("[node]\r\n  name   = \"é😀\" # x\na = [1,\n  22]\n");

        TomlTable node = Assert.IsType<TomlTable>(Entry(document.Root, "node").Value);
        Assert.Equal(new TomlPosition(2, 3), Entry(node, "name").KeyPosition);
        Assert.Equal(new TomlPosition(2, 12), Entry(node, "name").Value.Position);
        TomlArray array = Assert.IsType<TomlArray>(Entry(node, "a").Value);
        Assert.Equal([new TomlPosition(3, 6), new TomlPosition(4, 3)], array.Items.Select(item => item.Position));
    }

    [Fact]
    public void A_column_counts_code_points_so_that_an_emoji_is_one()
    {
        TomlDocument document = Read("a = [\"😀\", x]");

        Assert.Equal(new TomlPosition(1, 11), Assert.Single(document.Errors).Position);
    }

    [Fact]
    public void Every_broken_line_is_reported_once_and_the_good_ones_are_read()
    {
        TomlDocument document = Read("""
            a = 01
            b = "open
            c = 3
            d 4
            [table
            lost = 1
            lost = 2
            [good]
            e = 5 6
            e = 7
            """);

        Assert.Equal([(1, 5), (2, 5), (4, 3), (5, 7), (7, 1), (9, 7), (10, 1)], Places(document));
        Assert.Equal(3, Assert.IsType<TomlInteger>(Entry(document.Root, "c").Value).Value);
        Assert.IsType<TomlInvalid>(Entry(document.Root, "a").Value);
        Assert.False(document.Root.TryGet("lost", out _));
    }

    [Theory]
    [InlineData("a = [1, x, 3]\nb = ?\n", new[] { 1, 9, 2, 5 })]
    [InlineData("a = [\n  1\n  2,\n  3,\n]\nb = ?\n", new[] { 3, 3, 6, 5 })]
    [InlineData("a = [\n  1,\nb = ?\n", new[] { 1, 5, 3, 5 })]
    [InlineData("a = [\n  { x = 1,\n  },\n]\n[b]\nc = ?\n", new[] { 2, 11, 6, 5 })]
    [InlineData("a = [\n  1,\n[b]\nc = ?\n", new[] { 1, 5, 4, 5 })]
    public void An_error_in_a_list_does_not_make_errors_of_the_lines_after_it(string text, int[] places)
    {
        TomlDocument document = Read(text);

        Assert.Equal(places.Chunk(2).Select(each => (each[0], each[1])), Places(document));
    }

    [Fact]
    public void An_error_inside_a_multiline_string_does_not_end_it()
    {
        TomlDocument document = Read("a = \"\"\"\nx \\q y\nb = \"\"\"\nc = 1\n");

        Assert.Equal([(2, 3)], Places(document));
        Assert.True(document.Root.TryGet("c", out _));
    }

    [Fact]
    public void A_string_that_is_never_closed_is_reported_where_it_begins_and_only_there()
    {
        Assert.Equal([(2, 5)], Places(Read("x = 1\na = '''\nb = ?\n[c\n")));
    }

    [Theory]
    [InlineData("a = hole-punch", "text needs quotes")]
    [InlineData("a = True", "lower case")]
    [InlineData("a = 'x\nb = 2", "not closed on its line")]
    [InlineData("a = \"C:\\path\"", "single quotes")]
    [InlineData("a = 9223372036854775808", "64 bits")]
    [InlineData("a = 0x8000000000000000", "64 bits")]
    [InlineData("a = 1e999", "too large")]
    [InlineData("a = 2023-02-29", "no such day")]
    [InlineData("a = 24:00:00", "no such time")]
    [InlineData("a = 1\na = 2", "on line 1")]
    [InlineData("a.b = 1\n[a]\n", "on line 1")]
    [InlineData("[[a]]\n[a]\n", "[[a]]")]
    [InlineData("[a]\n[[a]]\n", "single table")]
    [InlineData("a = {}\na.b = 1", "complete")]
    [InlineData("a = [{}]\n[[a]]", "complete")]
    [InlineData("[a.b]\n[a]\nb.c = 1", "under that header")]
    [InlineData("a = { b = 1\n}", "on one line")]
    [InlineData("a =", "a value is expected")]
    [InlineData("= 1", "a key is expected")]
    [InlineData("a\r = 1", "carriage return")]
    public void A_message_says_what_is_wrong_and_what_to_do(string text, string part)
    {
        Assert.Contains(part, Read(text).Errors[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_that_a_header_named_in_passing_may_be_defined_once_later()
    {
        Assert.True(Read("[a.b.c]\nx = 1\n[a]\ny = 2\n[a.b]\nz = 3\n").IsValid);
        Assert.False(Read("[a.b.c]\nx = 1\n[a]\ny = 2\n[a]\nz = 3\n").IsValid);
        Assert.False(Read("[a]\nb.c = 1\n[a.b]\nz = 3\n").IsValid);
        Assert.True(Read("[a]\nb.c = 1\n[a.b.d]\nz = 3\n").IsValid);
        Assert.False(Read("[a.b.c]\nz = 9\n[a]\nb.c.t = 1\n").IsValid);
        Assert.False(Read("[[a.b]]\n[a]\nb.y = 2\n").IsValid);
        Assert.True(Read("[[a]]\n[a.b]\n[[a]]\n[a.b]\n").IsValid);
    }

    [Fact]
    public void The_highest_and_lowest_integers_are_read_and_a_leap_second_is_a_time()
    {
        TomlDocument document = Read(
            "a = -9223372036854775808\nb = 0x7fff_ffff_ffff_ffff\nc = 1998-12-31 23:59:60.1234567899Z");

        Assert.Empty(document.Errors);
        Assert.Equal(long.MinValue, Assert.IsType<TomlInteger>(Entry(document.Root, "a").Value).Value);
        Assert.Equal(long.MaxValue, Assert.IsType<TomlInteger>(Entry(document.Root, "b").Value).Value);
        Assert.Equal("1998-12-31T23:59:60.123456789Z", Entry(document.Root, "c").Value.ToString());
    }

    [Theory]
    [InlineData(100, 0)]
    [InlineData(101, 1)]
    public void A_hundred_lists_nest_and_no_more(int depth, int errors)
    {
        TomlDocument document = Read("a = " + new string('[', depth) + new string(']', depth));

        Assert.Equal(errors == 0, document.IsValid);
    }

    [Fact]
    public void Headers_dotted_keys_and_braces_share_the_limit_of_nesting()
    {
        string forty = string.Join('.', Enumerable.Repeat("k", 40));
        Assert.True(Read($"[{forty}]\n{forty} = [[[[1]]]]").IsValid);
        Assert.False(Read($"[{forty}]\n{forty} = {{ {forty} = 1 }}").IsValid);
        Assert.False(Read(string.Join('.', Enumerable.Repeat("k", 101)) + " = 1").IsValid);
        Assert.False(Read("a = {" + string.Concat(Enumerable.Repeat("a={", 5_000))).IsValid);
    }

    [Fact]
    public void A_file_above_one_mebibyte_is_refused_unread()
    {
        var bytes = new byte[TomlLimits.FileBytes + 1];
        bytes.AsSpan().Fill((byte)'\n');

        Assert.Contains("larger", Assert.Single(TomlReader.Read(bytes).Errors).Message, StringComparison.Ordinal);
        Assert.Empty(TomlReader.Read(bytes.AsSpan(1)).Errors);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused_where_they_stand()
    {
        TomlDocument document = TomlReader.Read([.. "a = 1\nb = 'é"u8, 0xC3, 0x28, .. "'\n"u8]);

        Assert.Equal([(2, 7)], Places(document));
        Assert.Empty(TomlReader.Read([0xEF, 0xBB, 0xBF, .. "a = 1"u8]).Errors);
    }

    [Fact]
    public void Errors_are_counted_to_a_thousand()
    {
        Assert.Equal(TomlLimits.Errors, Read(string.Concat(Enumerable.Repeat("?\n", 5_000))).Errors.Count);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        const string Text = "{ \"a b\" = [1, -2.5, 1e300, inf, true, \"q\\\"\\\\\\n\\t\\u0001é\"], "
            + "t = 07:32:00.5, d = {}, f = 3.0 }";
        TomlDocument first = Read("x = " + Text);
        Assert.Empty(first.Errors);

        string written = TomlText.Write(Entry(first.Root, "x").Value);
        TomlDocument second = Read("x = " + written);

        Assert.Empty(second.Errors);
        Assert.Equal(written, TomlText.Write(Entry(second.Root, "x").Value));
        Assert.Contains("\"q\\\"\\\\\\n\\t\\u0001é\"", written, StringComparison.Ordinal);
    }

    private static TomlDocument Read(string text) => TomlReader.Read(Encoding.UTF8.GetBytes(text));

    private static TomlEntry Entry(TomlTable table, string key)
    {
        Assert.True(table.TryGet(key, out TomlEntry? entry), key);
        return entry!;
    }

    private static IEnumerable<(int Line, int Column)> Places(TomlDocument document) =>
        document.Errors.Select(error => (error.Position.Line, error.Position.Column));
}
