using System.Runtime.Versioning;
using Whalescale.Agent.Configuration;
using static Whalescale.Tests.Configuration.ConfigurationFolder;

namespace Whalescale.Tests.Configuration;

[UnsupportedOSPlatform("windows")]
public sealed class PeerFileTests
{
    private static readonly PeerOptions Full = new()
    {
        Id = Id(Beta),
        Name = "beta",
        Endpoints = ["192.0.2.7:51900", "[2001:db8::7]:51900", "beta.example:51900"],
        IsAnchor = true,
        Routes = [Prefix("10.77.0.2/32"), Prefix("fd77::/64")],
    };

    [Fact]
    public void What_is_added_is_listed_again_and_loaded_with_the_configuration()
    {
        using var folder = new ConfigurationFolder();
        var file = new PeerFile(folder.Write("").MainFile);
        var bare = new PeerOptions { Id = Id(Alpha), Name = "a" };

        file.Add(Full);
        file.Add(bare);

        Assert.Equal([Describe(Full), Describe(bare)], file.List().Select(Describe));
        Assert.Equal([Describe(Full), Describe(bare)], folder.Load().Options!.Peers.Select(Describe));
        Assert.StartsWith("# written by whalescale peers; edit by hand only while no agent runs\n",
            File.ReadAllText(file.FilePath), StringComparison.Ordinal);
        Assert.Equal(Path.Combine(folder.ConfDirectory, "50-peers.toml"), file.FilePath);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.FilePath));
        Assert.Single(Directory.GetFiles(folder.ConfDirectory));
    }

    [Fact]
    public void The_same_id_replaces_and_a_removed_one_is_gone()
    {
        using var folder = new ConfigurationFolder();
        var file = new PeerFile(folder.MainFile);
        file.Add(Full);
        file.Add(new PeerOptions { Id = Id(Alpha), Name = "a" });

        file.Add(new PeerOptions { Id = Id(Beta), Name = "other" });

        Assert.Equal(["other", "a"], file.List().Select(peer => peer.Name));
        Assert.True(file.Remove(Id(Beta)));
        Assert.False(file.Remove(Id(Beta)));
        Assert.Equal(["a"], file.List().Select(peer => peer.Name));
    }

    [Fact]
    public void A_peer_that_is_not_valid_or_collides_changes_nothing()
    {
        using var folder = new ConfigurationFolder();
        var file = new PeerFile(folder.MainFile);
        file.Add(Full);
        string before = File.ReadAllText(file.FilePath);

        PeerOptions[] bad =
        [
            new() { Id = Id(Alpha), Name = "Bad Name" },
            new() { Id = Id(Alpha), Name = "beta" },
            new() { Id = Id(Alpha), Name = "a", Endpoints = ["nowhere"] },
            new() { Id = Id(Alpha), Name = "a", Routes = [Prefix("10.77.0.2/32")] },
        ];

        Assert.All(bad, peer => Assert.Throws<ConfigurationException>(() => file.Add(peer)));
        Assert.Equal(before, File.ReadAllText(file.FilePath));
    }

    [Fact]
    public void A_file_that_was_edited_badly_is_never_overwritten()
    {
        using var folder = new ConfigurationFolder();
        var file = new PeerFile(folder.MainFile);
        string path = folder.WriteConf(PeerFile.FileName,
            "[[peer]]\nid = \"abc\"\n[tun]\nmtu = 1300\n[[path]]\ninterface = \"a\"\n");
        string before = File.ReadAllText(path);

        ConfigurationException error = Assert.Throws<ConfigurationException>(() => file.Add(Full));

        Assert.Equal([2, 4, 5], error.Mistakes.Select(mistake => mistake.Position.Line));
        Assert.Throws<ConfigurationException>(() => file.Remove(Id(Beta)));
        Assert.Equal(before, File.ReadAllText(path));
    }

    [Fact]
    public void A_peer_written_by_hand_elsewhere_is_told_with_its_place()
    {
        using var folder = new ConfigurationFolder();
        folder.Write($"\n[[peer]]\nid = \"{Alpha}\"\n");
        var file = new PeerFile(folder.MainFile);
        file.Add(Full);
        ConfigurationResult configuration = folder.Load();

        Assert.Equal($"{folder.MainFile}:2", file.FindWrittenByHand(configuration, Id(Alpha)));
        Assert.Null(file.FindWrittenByHand(configuration, Id(Beta)));
    }

    [Fact]
    public void Without_a_file_there_are_no_peers()
    {
        using var folder = new ConfigurationFolder();

        Assert.Empty(new PeerFile(folder.MainFile).List());
        Assert.False(new PeerFile(folder.MainFile).Remove(Id(Beta)));
        Assert.False(Directory.Exists(folder.ConfDirectory));
    }

    private static string Describe(PeerOptions peer) =>
        $"{peer.Id} {peer.Name} {peer.IsAnchor} {string.Join(' ', peer.Endpoints)} {string.Join(' ', peer.Routes)}";

    private static NodeId Id(string text)
    {
        Assert.True(NodeId.TryParse(text, out NodeId id));
        return id;
    }

    private static IpPrefix Prefix(string text)
    {
        Assert.True(IpPrefix.TryParse(text, out IpPrefix prefix));
        return prefix;
    }
}
