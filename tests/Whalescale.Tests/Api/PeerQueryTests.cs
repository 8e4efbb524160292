using Whalescale.Agent.Api;

namespace Whalescale.Tests.Api;

public sealed class PeerQueryTests
{
    private static readonly (string Id, string Name) Twin = (new string('a', 51) + "q", "twin");

    /// <summary>Two ids that share fifty characters, and a peer whose name is the id of another.</summary>
    private static readonly Known[] Peers =
    [
        new(Read(new string('a', 52)), "first"),
        new(Read(Twin.Id), Twin.Name),
        new(CannedAgent.Beta, Twin.Id),
        new(CannedAgent.Gamma, "ambqga"),
    ];

    [Theory]
    [InlineData("first", "first")]
    [InlineData("FIRST", "first")]
    [InlineData("aibaea", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq")]
    [InlineData("AIBAEAQCAI", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaq")]
    [InlineData("ambqga", "ambqga")]
    public void A_peer_is_found_by_name_and_by_prefix_in_either_case(string text, string name) =>
        Assert.Equal(name, Find(text).Name);

    [Fact]
    public void A_whole_id_is_that_of_its_owner_even_if_another_is_called_so() =>
        Assert.Equal(Twin.Name, Find(Twin.Id.ToUpperInvariant()).Name);

    [Theory]
    [InlineData("aibae", "peer.unknown")]
    [InlineData("", "peer.unknown")]
    [InlineData("zzzzzz", "peer.unknown")]
    [InlineData("aaaaaa", "peer.ambiguous")]
    public void A_short_unknown_or_shared_prefix_names_nobody(string text, string code) =>
        Assert.Equal(code, Assert.Throws<AgentRequestException>(() => Find(text)).Code);

    [Fact]
    public void With_no_peers_at_all_the_message_says_how_to_add_one()
    {
        AgentRequestException refusal = Assert.Throws<AgentRequestException>(
            () => PeerQuery.Find<Known>([], "beta", peer => peer.Id, peer => peer.Name));
        Assert.Contains("whalescale peers add", refusal.Message, StringComparison.Ordinal);
    }

    private static Known Find(string text) => PeerQuery.Find(Peers, text, peer => peer.Id, peer => peer.Name);

    private static NodeId Read(string text) => NodeId.TryParse(text, out NodeId id) ? id : throw new FormatException(text);

    private sealed record Known(NodeId Id, string Name);
}
