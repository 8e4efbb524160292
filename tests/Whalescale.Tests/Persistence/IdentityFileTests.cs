using System.Runtime.Versioning;
using System.Text;
using Whalescale.Agent.Persistence;

namespace Whalescale.Tests.Persistence;

[UnsupportedOSPlatform("windows")]
public sealed class IdentityFileTests
{
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(each => (byte)(each * 7))];

    private static readonly string Good = $"whalescale identity v1\n{Convert.ToBase64String(Seed)}\n";

    [Fact]
    public void A_seed_that_was_created_is_loaded_and_only_its_owner_can_read_it()
    {
        using var directory = new TemporaryDirectory();

        Assert.True(IdentityFile.TryCreate(directory["identity.key"], Seed));

        var loaded = new byte[32];
        IdentityFile.Load(directory["identity.key"], loaded);
        Assert.Equal(Seed, loaded);
        Assert.Equal(FileStateStoreTests.Mode("600"), File.GetUnixFileMode(directory["identity.key"]));
        Assert.Equal(Good, File.ReadAllText(directory["identity.key"]));
        Assert.Equal(["identity.key"], directory.Names);
    }

    [Theory]
    [InlineData("")]
    [InlineData("anything")]
    public void What_is_there_is_never_overwritten(string content)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["identity.key"], content);

        Assert.False(IdentityFile.TryCreate(directory["identity.key"], Seed));

        Assert.Equal(content, File.ReadAllText(directory["identity.key"]));
        Assert.Equal(["identity.key"], directory.Names);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_crash_after_any_step_leaves_no_identity_or_a_whole_one(int steps)
    {
        using var directory = new TemporaryDirectory();
        var operations = new StoppingOperations(steps, () => new SimulatedCrash(), canCleanUp: false);

        Assert.Throws<SimulatedCrash>(() => IdentityFile.TryCreate(directory["identity.key"], Seed, operations));

        bool isThere = File.Exists(directory["identity.key"]);
        Assert.Equal(steps == 4, isThere);
        Assert.Equal(!isThere, IdentityFile.TryCreate(directory["identity.key"], Seed));
        var loaded = new byte[32];
        IdentityFile.Load(directory["identity.key"], loaded);
        Assert.Equal(Seed, loaded);
    }

    [Theory]
    [InlineData("600", true)]
    [InlineData("400", true)]
    [InlineData("700", true)]
    [InlineData("640", false)]
    [InlineData("604", false)]
    [InlineData("620", false)]
    [InlineData("602", false)]
    [InlineData("610", false)]
    [InlineData("601", false)]
    [InlineData("644", false)]
    [InlineData("666", false)]
    public void A_key_that_others_can_use_is_refused_with_the_command_that_mends_it(string mode, bool isGood)
    {
        using var directory = new TemporaryDirectory();
        string path = directory["identity.key"];
        File.WriteAllText(path, Good);
        File.SetUnixFileMode(path, FileStateStoreTests.Mode(mode));
        var seed = new byte[32];

        if (isGood)
        {
            IdentityFile.Load(path, seed);
            Assert.Equal(Seed, seed);
            return;
        }

        StateFileException error = Assert.Throws<StateFileException>(() => IdentityFile.Load(path, seed));
        Assert.Equal(StateFileFault.Permission, error.Fault);
        Assert.EndsWith($"run: chmod 600 '{path}'", error.Message, StringComparison.Ordinal);
        Assert.Equal(new byte[32], seed);
    }

    [Fact]
    public void A_key_of_another_user_is_refused()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["identity.key"];
        IdentityFile.TryCreate(path, Seed);
        if (!FileStateStoreTests.TryGiveAway(path)) return; // only root can make one; CI runs as root

        StateFileException error = Assert.Throws<StateFileException>(() => IdentityFile.Load(path, new byte[32]));

        Assert.Equal(StateFileFault.Permission, error.Fault);
        Assert.Contains("belongs to user 65534", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_without_identity_is_told_to_make_one()
    {
        using var directory = new TemporaryDirectory();

        StateFileException error = Assert.Throws<StateFileException>(
            () => IdentityFile.Load(directory["identity.key"], new byte[32]));

        Assert.Equal(StateFileFault.Missing, error.Fault);
        Assert.Contains("whalescale init", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_cut_off_anywhere_is_told_as_damaged_and_kept()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["identity.key"];
        IdentityFile.TryCreate(path, Seed);
        for (int length = 0; length < Good.Length - 1; length++)
        {
            File.WriteAllText(path, Good[..length]);
            var seed = new byte[32];

            StateFileException error = Assert.Throws<StateFileException>(() => IdentityFile.Load(path, seed));

            Assert.Equal(StateFileFault.Content, error.Fault);
            Assert.Contains(length == 0 ? "is empty" : "is cut off", error.Message, StringComparison.Ordinal);
            Assert.Equal(new byte[32], seed);
            Assert.Equal(Good[..length], File.ReadAllText(path));
        }
    }

    [Theory]
    [InlineData("whalescale identity v2\nAAAA")]
    [InlineData("nonsense")]
    [InlineData("whalescale identity v1\n!!!!AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("whalescale identity v1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nmore")]
    [InlineData("whalescale identity v1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n")]
    public void Anything_else_is_no_identity(string content)
    {
        using var directory = new TemporaryDirectory();
        string path = directory["identity.key"];
        IdentityFile.TryCreate(path, Seed);
        File.WriteAllText(path, content);

        Assert.Equal(StateFileFault.Content,
            Assert.Throws<StateFileException>(() => IdentityFile.Load(path, new byte[32])).Fault);
    }

    [Fact]
    public void A_file_of_any_size_is_read_no_further_than_a_key_reaches()
    {
        using var directory = new TemporaryDirectory();
        string path = directory["identity.key"];
        IdentityFile.TryCreate(path, Seed);
        File.WriteAllText(path, Good + new string('x', 1_000_000), Encoding.ASCII);

        Assert.Throws<StateFileException>(() => IdentityFile.Load(path, new byte[32]));
    }

    [Fact]
    public void A_directory_that_is_not_there_is_told()
    {
        using var directory = new TemporaryDirectory();

        Assert.Equal(StateFileFault.Missing, Assert.Throws<StateFileException>(
            () => IdentityFile.TryCreate(Path.Combine(directory["no"], "identity.key"), Seed)).Fault);
    }
}
