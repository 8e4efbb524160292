using System.Runtime.Versioning;
using Whalescale.Agent.Persistence;

namespace Whalescale.Tests.Persistence;

[UnsupportedOSPlatform("windows")]
public sealed class SecretFileTests
{
    private static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(each => (byte)(255 - each))];

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void Hex_and_base64_are_read_with_or_without_the_end_of_the_line(string end)
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(Key, SecretFile.Read(Write(directory, Convert.ToHexStringLower(Key) + end)));
        Assert.Equal(Key, SecretFile.Read(Write(directory, Convert.ToHexString(Key) + end)));
        Assert.Equal(Key, SecretFile.Read(Write(directory, Convert.ToBase64String(Key) + end)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("zz0102030405060708090a0b0c0d0e0f000102030405060708090a0b0c0d0e0f")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void Anything_else_is_answered_with_how_to_make_one(string content)
    {
        using var directory = new TemporaryDirectory();
        string path = Write(directory, content);

        StateFileException error = Assert.Throws<StateFileException>(() => SecretFile.Read(path));

        Assert.Equal(StateFileFault.Content, error.Fault);
        Assert.Contains($"openssl rand -base64 32 > '{path}'", error.Message, StringComparison.Ordinal);
        if (content.Length > 0) Assert.DoesNotContain(content, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("640")]
    [InlineData("604")]
    public void A_secret_that_others_can_read_is_refused(string mode)
    {
        using var directory = new TemporaryDirectory();
        string path = Write(directory, Convert.ToBase64String(Key));
        File.SetUnixFileMode(path, FileStateStoreTests.Mode(mode));

        StateFileException error = Assert.Throws<StateFileException>(() => SecretFile.Read(path));

        Assert.Contains($"chmod 600 '{path}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_is_not_there_is_told()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(StateFileFault.Missing,
            Assert.Throws<StateFileException>(() => SecretFile.Read(directory["none"])).Fault);
    }

    private static string Write(TemporaryDirectory directory, string content)
    {
        string path = directory["network.key"];
        File.WriteAllText(path, content);
        File.SetUnixFileMode(path, FileStateStoreTests.Mode("600"));
        return path;
    }
}
