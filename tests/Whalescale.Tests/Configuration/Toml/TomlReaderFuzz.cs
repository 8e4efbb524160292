using System.Diagnostics;
using System.Text;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Tests.Configuration.Toml;

/// <summary>The reader is total: whatever the bytes, it answers, soon, and points into the text.</summary>
public sealed class TomlReaderFuzz
{
    private static readonly string[] Pieces =
    [
        "a", "b.c", "\"k\"", "'k'", " = ", "=", "\n", "\r\n", "\r", "[", "]", "[[", "]]", "{", "}", ",", ".", "#", "\"",
        "'",
        "\"\"\"", "'''", "\\", "\\u12", "\\U0010FFFF", "1", "-0x1", "1_0", "1e5", "inf", "nan", "true", "1979-05-27",
        " ",
        "T07:32:00Z", "07:32:00.5", "\t", "é", "😀", "\0", "\u007f", "[a]\n", "[[b]]\n", "a = 1\n", "x = [\n", "]\n",
        "}\n",
    ];

    [Fact]
    public void Random_bytes_never_throw()
    {
        Run(seed: 1, cases: 70_000, random =>
        {
            var bytes = new byte[random.Next(0, 80)];
            random.NextBytes(bytes);
            return bytes;
        });
    }

    [Fact]
    public void Random_sequences_of_grammar_never_throw()
    {
        Run(seed: 2, cases: 100_000, random =>
        {
            var text = new StringBuilder();
            for (int i = random.Next(1, 24); i > 0; i--) text.Append(Pieces[random.Next(Pieces.Length)]);
            return Encoding.UTF8.GetBytes(text.ToString());
        });
    }

    [Fact]
    public void Mutations_of_valid_documents_never_throw()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "Conformance", "toml", "valid");
        string[] files = Directory.GetFiles(folder, "*.toml", SearchOption.AllDirectories);
        byte[][] seeds = [.. files.Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        Run(seed: 3, cases: 60_000, random =>
        {
            byte[] original = seeds[random.Next(seeds.Length)];
            var bytes = new List<byte>(original);
            for (int i = random.Next(1, 4); i > 0 && bytes.Count > 0; i--) Mutate(bytes, random);
            return [.. bytes];
        });
    }

    [Theory]
    [InlineData("[")]
    [InlineData("a=[")]
    [InlineData("{")]
    [InlineData("a={")]
    [InlineData("a.")]
    [InlineData("[a.")]
    [InlineData("\"")]
    [InlineData("a='''")]
    [InlineData("a=[\n")]
    [InlineData("a=[1\n")]
    [InlineData("a=[x ")]
    [InlineData("[a.b.c.d.e.f.g.h]\n")]
    [InlineData("[[a.a.a.a.a.a.a]]\n")]
    [InlineData("a=[\"\",\n")]
    [InlineData("1,")]
    [InlineData("        ")]
    [InlineData("\n")]
    [InlineData("#\u0001\n")]
    [InlineData("a = \"\\q\"\n")]
    [InlineData("\u2028")]
    public void A_mebibyte_of_the_same_trick_is_answered_within_seconds(string piece)
    {
        byte[] one = Encoding.UTF8.GetBytes(piece);
        byte[] bytes = [.. Enumerable.Repeat(one, TomlLimits.FileBytes / one.Length).SelectMany(each => each)];
        long start = Stopwatch.GetTimestamp();

        TomlDocument document = TomlReader.Read(bytes);

        Assert.InRange(document.Errors.Count, 0, TomlLimits.Errors);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    private static void Mutate(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count);
        switch (random.Next(4))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 8), bytes.Count - at));
                break;
            case 2:
                bytes.InsertRange(at, Encoding.UTF8.GetBytes(Pieces[random.Next(Pieces.Length)]));
                break;
            default:
                bytes.InsertRange(at, bytes.GetRange(0, Math.Min(random.Next(1, 64), bytes.Count)));
                break;
        }
    }

    private static void Run(int seed, int cases, Func<Random, byte[]> generate)
    {
        var random = new Random(seed);
        for (int i = 0; i < cases; i++)
        {
            byte[] bytes = generate(random);
            int lines = bytes.Count(each => each == (byte)'\n') + 1;

            TomlDocument document = TomlReader.Read(bytes);

            foreach (TomlError error in document.Errors)
            {
                bool isInside = error.Position.Line >= 1 && error.Position.Line <= lines
                    && error.Position.Column >= 1 && error.Position.Column <= bytes.Length + 1;
                if (!isInside) Assert.Fail($"seed {seed}, case {i}: {error} in {Convert.ToHexString(bytes)}");
            }

            if (!document.IsValid) continue;
            AssertWrittenReadsTheSame(document, $"seed {seed}, case {i}: {Convert.ToHexString(bytes)}");
        }
    }

    private static void AssertWrittenReadsTheSame(TomlDocument document, string what)
    {
        string written = TomlText.Write(document.Root);
        TomlDocument again = TomlReader.Read(Encoding.UTF8.GetBytes("x = " + written));
        if (!again.IsValid || TomlText.Write(again.Root) != $"{{ x = {written} }}") Assert.Fail($"{what}\n{written}");
    }
}
