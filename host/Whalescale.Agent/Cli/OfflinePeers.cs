using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Configuration;

namespace Whalescale.Agent.Cli;

/// <summary>Changes peers while no agent runs: in the file of conf.d that the next one reads. A change that would make
/// the configuration invalid is taken back.</summary>
internal sealed class OfflinePeers
{
    private readonly CliEnvironment _environment;
    private readonly string _mainFile;
    private readonly PeerFile _file;
    private readonly ConfigurationResult _before;
    private readonly AgentOptions _options;

    /// <exception cref="CliException">The configuration is not valid as it is.</exception>
    public OfflinePeers(CliEnvironment environment, string mainFile)
    {
        (_environment, _mainFile, _file) = (environment, mainFile, new PeerFile(mainFile));
        _before = ConfigurationAccess.Read(environment, mainFile);
        _options = ConfigurationAccess.Require(_before, mainFile);
    }

    public string FilePath => _file.FilePath;

    /// <exception cref="CliException">The peer is not valid, or collides with another.</exception>
    public PeerNameDocument Add(AddPeerRequest request)
    {
        PeerOptions peer = Resolve(() => PeerRequests.ToOptions(request));
        if (ConfigurationAccess.DescribeNodeId(peer.Id) is { } problem)
            throw new CliException(ExitCode.Usage, $"{peer.Id} {problem}");
        RequireOurs(peer.Id);

        PeerOptions? replaced = _file.List().FirstOrDefault(known => known.Id == peer.Id);
        _file.Add(peer);
        ConfigurationResult after = ConfigurationAccess.Read(_environment, _mainFile);
        if (after.IsValid) return new PeerNameDocument(peer.Id.ToString(), peer.Name);
        if (replaced is null) _file.Remove(peer.Id);
        else _file.Add(replaced);
        throw new CliException(
            ExitCode.Usage, ConfigurationReport.Check(after).TrimEnd('\n'), "nothing was changed; give other values");
    }

    /// <exception cref="CliException">There is no such peer, or it is written by hand.</exception>
    public PeerNameDocument Remove(string text)
    {
        PeerOptions peer = Resolve(() => PeerQuery.Find(_options.Peers, text, each => each.Id, each => each.Name));
        RequireOurs(peer.Id);
        _file.Remove(peer.Id);
        return new PeerNameDocument(peer.Id.ToString(), peer.Name);
    }

    private void RequireOurs(NodeId id)
    {
        if (_file.FindWrittenByHand(_before, id) is { } place)
            throw new CliException(ExitCode.Failed, $"{id} is written by hand at {place}", "change it there");
    }

    /// <summary>The same words and exit codes as through the agent.</summary>
    private static PeerOptions Resolve(Func<PeerOptions> find)
    {
        try
        {
            return find();
        }
        catch (AgentRequestException refusal)
        {
            int code = refusal.Code is Problems.PeerUnknown or Problems.PeerAmbiguous
                ? ExitCode.NoSuchTarget
                : ExitCode.Usage;
            throw new CliException(code, refusal.Message, null, refusal);
        }
    }
}
