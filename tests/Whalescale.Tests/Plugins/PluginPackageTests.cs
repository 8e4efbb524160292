using System.Runtime.Versioning;
using System.Text;
using Whalescale.Agent.Plugins;
using Whalescale.Connectors;
using Whalescale.Connectors.Interop;

namespace Whalescale.Tests.Plugins;

[UnsupportedOSPlatform("windows")]
public sealed class PluginPackageTests : IDisposable
{
    private static readonly byte[] Content = "some assembly"u8.ToArray();

    private readonly PluginDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_package_that_is_as_it_should_be_is_read_whole()
    {
        PluginPackage package = PluginPackage.Read(_directory.Path, "one", _directory.Install("one", Content));
        Assert.Equal(("one", "plugin.dll", 1), (package.Manifest.Name, package.Manifest.Entry, package.Manifest.ApiLevel));
        Assert.Equal(Content, package.Files["plugin.dll"]);
    }

    [Fact]
    public void A_manifest_other_than_the_configured_one_is_refused()
    {
        _directory.Install("one", Content);
        Refused("one", new string('0', 64), "plugin.toml has SHA-256");
    }

    [Fact]
    public void A_file_other_than_the_listed_one_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        _directory.Write("one", "plugin.dll", "some other assembly"u8.ToArray());
        Refused("one", sha256, "plugin.dll has SHA-256");
    }

    [Fact]
    public void A_file_that_is_not_listed_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        _directory.Write("one", "extra.dll", Content);
        Refused("one", sha256, "extra.dll is not listed");
    }

    [Fact]
    public void A_file_that_is_listed_and_missing_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        File.Delete(_directory.FileOf("one", "plugin.dll"));
        Refused("one", sha256, "there is no ");
    }

    [Fact]
    public void Another_api_level_is_refused_before_anything_is_loaded() =>
        Refused("one", _directory.Install("one", Content, apiLevel: 2), "built for API level 2, this agent has 1");

    [Fact]
    public void The_manifest_of_another_plugin_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        Directory.Move(_directory.Home("one"), _directory.Home("two"));
        Refused("two", sha256, "its manifest is that of 'one'");
    }

    [Theory]
    [InlineData("../one")]
    [InlineData("")]
    [InlineData("One")]
    [InlineData("a/b")]
    public void A_name_that_could_lead_elsewhere_is_refused(string name) =>
        Refused(name, _directory.Install("one", Content), "lower-case letters");

    [Fact]
    public void A_directory_that_others_may_write_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        File.SetUnixFileMode(_directory.Home("one"), (UnixFileMode)0b111_111_000);
        Refused("one", sha256, "chmod go-w " + _directory.Home("one"));
    }

    [Fact]
    public void A_directory_above_that_others_may_write_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_000_010);
        Refused("one", sha256, "chmod go-w " + _directory.Path);
    }

    [Fact]
    public void A_file_that_others_may_write_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        File.SetUnixFileMode(_directory.FileOf("one", "plugin.dll"), (UnixFileMode)0b110_010_000);
        Refused("one", sha256, "can be written by others");
    }

    [Fact]
    public void Symbolic_links_are_refused_wherever_they_stand()
    {
        string sha256 = _directory.Install("one", Content);
        File.CreateSymbolicLink(_directory.Home("link"), _directory.Home("one"));
        Refused("link", sha256, "is a symbolic link");

        File.Move(_directory.FileOf("one", "plugin.dll"), Path.Combine(_directory.Path, "elsewhere.dll"));
        File.CreateSymbolicLink(_directory.FileOf("one", "plugin.dll"), Path.Combine(_directory.Path, "elsewhere.dll"));
        Refused("one", sha256, "is a symbolic link");
    }

    [Fact]
    public void A_directory_of_another_user_is_refused()
    {
        // Only root can give a directory away; for others there is nothing to try.
        if (UnixAccounts.EffectiveUserId != 0) return;
        string sha256 = _directory.Install("one", Content);
        Assert.Equal(0, LibC.ChangeOwner(_directory.Home("one"), 12_345, LibC.Unchanged));
        Refused("one", sha256, "belongs to user 12345");
    }

    [Fact]
    public void A_relative_directory_is_refused()
    {
        string sha256 = _directory.Install("one", Content);
        PluginRefusedException refusal = Assert.Throws<PluginRefusedException>(
            () => PluginPackage.Read("plugins", "one", sha256));
        Assert.Contains("not an absolute path", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name = \"one\"", "plugin.toml:1:1: the key 'files' is missing")]
    [InlineData("nam = \"one\"", "plugin.toml:1:1: unknown key 'nam'")]
    [InlineData("name = one", "plugin.toml:1:8: ")]
    [InlineData("name = 1\nentry = \"a\"\napi_level = 1\n[files]", "plugin.toml:1:8: 'name' may not be a whole number")]
    [InlineData("name = \"one\"\nentry = \"a\"\napi_level = 0\n[files]", "plugin.toml:3:13: api_level is 1 or more")]
    [InlineData("files = { a = \"xyz\" }", "plugin.toml:1:15: the hash of a file")]
    public void A_mistake_in_the_manifest_is_told_with_its_place(string manifest, string message)
    {
        PluginRefusedException refusal = Assert.Throws<PluginRefusedException>(
            () => PluginManifest.Parse(Encoding.UTF8.GetBytes(manifest)));
        Assert.StartsWith(message, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listed_name_that_leaves_the_directory_is_refused()
    {
        string hash = PluginDirectory.Hash(Content);
        string sha256 = _directory.Install(
            "one", $"name = \"one\"\nentry = \"../a.dll\"\napi_level = 1\n[files]\n\"../a.dll\" = \"{hash}\"\n");
        Refused("one", sha256, "no plain file name");
    }

    private void Refused(string name, string sha256, string because)
    {
        PluginRefusedException refusal = Assert.Throws<PluginRefusedException>(
            () => PluginPackage.Read(_directory.Path, name, sha256));
        Assert.Contains(because, refusal.Message, StringComparison.Ordinal);
    }
}
