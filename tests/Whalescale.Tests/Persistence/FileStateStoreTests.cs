using System.Runtime.Versioning;
using Whalescale.Agent.Persistence;

namespace Whalescale.Tests.Persistence;

[UnsupportedOSPlatform("windows")]
public sealed class FileStateStoreTests
{
    private const int Steps = 5; // create, write, sync, rename, sync the directory

    [Fact]
    public void What_is_saved_is_loaded_and_what_is_not_there_is_null()
    {
        using var directory = new TemporaryDirectory();
        FileStateStore store = FileStateStore.Open(directory["state"]);

        store.Save("lkg", [1, 2, 3]);
        store.Save("lkg", [4]);
        store.Save("empty", []);

        Assert.Equal([4], store.Load("lkg")!);
        Assert.Empty(FileStateStore.Open(directory["state"]).Load("empty")!);
        Assert.Null(store.Load("other"));
        Assert.Equal(["empty", "lkg"],
            Directory.GetFiles(store.DirectoryPath).Select(each => Path.GetFileName(each)!).Order());
        Assert.Equal(Mode("600"), File.GetUnixFileMode(Path.Combine(store.DirectoryPath, "lkg")));
        Assert.Equal(Mode("700"), File.GetUnixFileMode(store.DirectoryPath));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_crash_after_any_step_leaves_the_old_content_or_the_new(int steps)
    {
        using var directory = new TemporaryDirectory();
        FileStateStore.Open(directory["state"]).Save("lkg", "old"u8);
        var operations = new StoppingOperations(steps, () => new SimulatedCrash(), canCleanUp: false);
        FileStateStore dying = FileStateStore.Open(directory["state"], operations);

        Assert.Throws<SimulatedCrash>(() => dying.Save("lkg", "new content"u8));

        FileStateStore next = FileStateStore.Open(directory["state"]);
        Assert.Equal(steps < Steps - 1 ? "old"u8 : "new content"u8, next.Load("lkg")!);
        Assert.Equal(steps is > 0 and < Steps - 1 ? 1 : 0, next.RemoveLeftovers());
        next.Save("lkg", "third"u8);
        Assert.Equal("third"u8, next.Load("lkg")!);
        Assert.Equal(["lkg"], Directory.GetFiles(next.DirectoryPath).Select(each => Path.GetFileName(each)!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_disk_that_fails_at_any_step_is_told_and_leaves_the_old_content_and_nothing_else(int steps)
    {
        using var directory = new TemporaryDirectory();
        FileStateStore.Open(directory["state"]).Save("lkg", "old"u8);
        var operations = new StoppingOperations(steps, () => new IOException("No space left on device"),
            canCleanUp: true);
        FileStateStore store = FileStateStore.Open(directory["state"], operations);

        StateFileException error = Assert.Throws<StateFileException>(() => store.Save("lkg", "new"u8));

        Assert.Equal(StateFileFault.Failed, error.Fault);
        Assert.Contains("No space left on device", error.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(store.DirectoryPath, "lkg"), error.Message, StringComparison.Ordinal);
        Assert.Equal("old"u8, store.Load("lkg")!);
        Assert.Single(Directory.GetFiles(store.DirectoryPath));
    }

    [Fact]
    public void A_save_takes_five_steps_so_that_the_tests_above_miss_none()
    {
        using var directory = new TemporaryDirectory();
        var operations = new StoppingOperations(100, () => new SimulatedCrash(), canCleanUp: true);

        FileStateStore.Open(directory["state"], operations).Save("lkg", "x"u8);

        Assert.Equal(Steps, operations.Used);
    }

    [Theory]
    [InlineData("755", "0755")]
    [InlineData("701", "0701")]
    [InlineData("740", "0740")]
    public void A_directory_that_others_can_enter_is_refused_with_the_command_that_mends_it(string mode, string shown)
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["state"]);
        File.SetUnixFileMode(directory["state"], Mode(mode));

        StateFileException error = Assert.Throws<StateFileException>(() => FileStateStore.Open(directory["state"]));

        Assert.Equal(StateFileFault.Permission, error.Fault);
        Assert.EndsWith($"(mode {shown}), and it holds secrets; run: chmod 700 '{directory["state"]}'", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_of_another_user_is_refused()
    {
        // Root can give a directory away; anybody else finds one that is not his.
        using var directory = new TemporaryDirectory();
        string path = directory["state"];
        Directory.CreateDirectory(path);
        if (!TryGiveAway(path)) path = "/root";

        StateFileException error = Assert.Throws<StateFileException>(() => FileStateStore.Open(path));

        Assert.Equal(StateFileFault.Permission, error.Fault);
    }

    [Fact]
    public void A_file_in_place_of_the_directory_is_told()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["state"], "");

        Assert.Contains("is a file",
            Assert.Throws<StateFileException>(() => FileStateStore.Open(directory["state"])).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData(".hidden")]
    [InlineData("A")]
    public void A_name_that_could_lead_elsewhere_is_no_name(string name)
    {
        using var directory = new TemporaryDirectory();
        FileStateStore store = FileStateStore.Open(directory["state"]);

        Assert.Throws<ArgumentException>(() => store.Save(name, []));
        Assert.Throws<ArgumentException>(() => store.Load(name));
    }

    internal static UnixFileMode Mode(string octal) => (UnixFileMode)Convert.ToInt32(octal, fromBase: 8);

    /// <summary>Gives a file to user 65534; only root can.</summary>
    internal static bool TryGiveAway(string path)
    {
        using var chown = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("chown", ["65534", path]) { RedirectStandardError = true })!;
        chown.WaitForExit();
        return chown.ExitCode == 0;
    }
}
