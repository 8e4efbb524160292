using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Whalescale.Agent.Api;
using Whalescale.Agent.Api.Documents;
using Whalescale.Agent.Configuration;
using Whalescale.Node;

namespace Whalescale.Agent.Runtime;

/// <summary>A running agent: two loops, a device, sockets, and what the local API may ask of them.</summary>
/// <remarks>Made by <see cref="CompositionRoot"/>. All of the node's state is touched on the control thread alone;
/// requests are posted there and answered by its events.</remarks>
internal sealed class AgentRuntime : IAgentControl
{
    private readonly AgentParts _parts;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<NodeStatus>> _statusRequests = new();
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<PingReply>> _pings = new();
    private readonly ConcurrentDictionary<NodeId, PeerOptions> _peers = new();
    private int _mtu;
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal AgentRuntime(AgentParts parts, ILogger log) =>
        (_parts, _log, _mtu) = (parts, log, parts.Options.Tun.Mtu);

    /// <inheritdoc/>
    public AgentOptions Options => _parts.Options;

    /// <inheritdoc/>
    public ushort ListenPort { get; private set; }

    /// <inheritdoc/>
    public IReadOnlyList<IpPrefix> Addresses => _parts.Addresses;

    /// <inheritdoc/>
    public DeviceDocument? Device => StatusDocuments.Device(_parts.Tun);

    /// <inheritdoc/>
    public string Scheduler => _parts.Options.Multipath.Scheduler;

    /// <summary>Completes if a loop has failed; the agent is to end then.</summary>
    internal Task<Exception> Failed => _failed.Task;

    /// <summary>The peer as the node wants it; without routes of its own it has the addresses that its id gives.</summary>
    internal static PeerSettings SettingsOf(PeerOptions peer, AgentParts parts) => new(
        peer.Id, peer.Name, peer.Routes.Count > 0 ? peer.Routes : parts.DerivedAddresses(peer.Id), peer.IsAnchor);

    /// <summary>Adds the configured peers; before the loops run.</summary>
    internal void AddConfiguredPeers(MeshNode node, Instant now)
    {
        foreach (PeerOptions peer in _parts.Options.Peers)
        {
            PeerSettings settings = SettingsOf(peer, _parts);
            if (Problem(node.AddPeer(settings, now), peer) is { } problem) throw problem;
            _peers[peer.Id] = peer;
        }
    }

    /// <summary>Makes the device carry the routes of all peers.</summary>
    internal void ConfigureDevice()
    {
        if (_parts.Tun is null) return;
        IpPrefix[] routes = _peers.Values.SelectMany(peer => SettingsOf(peer, _parts).Routes).Distinct().ToArray();
        var wanted = new TunConfiguration(_parts.Addresses, routes, _mtu, SuperPacketSize.For(_mtu));
        foreach (RefusedRoute refused in _parts.Tun.Configure(wanted))
            RuntimeLog.RouteRefused(_log, refused.Route, refused.Reason);
    }

    /// <summary>Wants the addresses of all peers.</summary>
    internal void WantPeers()
    {
        foreach (PeerOptions peer in _peers.Values) _parts.Discovery.Want(peer);
    }

    /// <summary>The port that the sockets share.</summary>
    internal void UsePort(ushort port)
    {
        if (port == ListenPort) return;
        ListenPort = port;
        if (_parts.Options.Transport.ListenPort == 0) _parts.State.SavePort(port);
    }

    /// <summary>Takes the failure of a loop.</summary>
    internal void Fail(Exception fault) => _failed.TrySetResult(fault);

    /// <summary>Takes what the node reports; on the control thread.</summary>
    internal void Handle(NodeEvent happened)
    {
        switch (happened)
        {
            case NodeEvent.StatusReady ready:
                if (_statusRequests.TryRemove(ready.Request, out TaskCompletionSource<NodeStatus>? request))
                    request.TrySetResult(ready.Status);
                break;

            case NodeEvent.PingDone done:
                if (_pings.TryRemove(done.Ping, out TaskCompletionSource<PingReply>? ping))
                    ping.TrySetResult(done.Reply);
                break;

            case NodeEvent.TimestampToSave save:
                _parts.State.Save(save.Timestamp);
                break;

            case NodeEvent.TunMtuWanted wanted:
                FollowPaths(wanted.Mtu);
                break;

            case NodeEvent.PeerUnreachable lost:
                RuntimeLog.PeerUnreachable(_log, lost.Name, lost.Candidates);
                _parts.Discovery.Refresh();
                break;

            default:
                Log(happened);
                break;
        }
    }

    /// <inheritdoc/>
    public Task<NodeStatus> GetStatusAsync(CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<NodeStatus>(TaskCreationOptions.RunContinuationsAsynchronously);
        _parts.Control.Post((node, now) => _statusRequests[node.RequestStatus(now)] = answer);
        return answer.Task.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task<PingReply> PingAsync(
        NodeId peer, PathId? path, int size, TimeSpan timeout, CancellationToken cancellation)
    {
        var answer = new TaskCompletionSource<PingReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        _parts.Control.Post((node, now) => _pings[node.Ping(peer, path, size, timeout, now)] = answer);
        return answer.Task.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public Task AddPeerAsync(PeerOptions peer, CancellationToken cancellation) => OnControlThread((node, now) =>
    {
        if (IsManagedByHand(peer.Id, out string where))
            throw new AgentRequestException("peer.managed_by_hand", $"{peer.Name} is written in {where}; edit it there.");
        foreach (PeerOptions known in _peers.Values)
            if (known.Id != peer.Id && string.Equals(known.Name, peer.Name, StringComparison.OrdinalIgnoreCase))
                throw new AgentRequestException("peer.name_taken", $"There is a peer named {peer.Name}; choose another.");

        _peers.TryGetValue(peer.Id, out PeerOptions? old);
        if (old is not null) node.RemovePeer(peer.Id, now);
        if (Problem(node.AddPeer(SettingsOf(peer, _parts), now), peer) is { } problem)
        {
            if (old is not null) node.AddPeer(SettingsOf(old, _parts), now);
            throw problem;
        }

        _parts.PeerFile.Add(peer);
        _peers[peer.Id] = peer;
        ConfigureDevice();
        _parts.Discovery.Want(peer);
    }).WaitAsync(cancellation);

    /// <inheritdoc/>
    public Task RemovePeerAsync(NodeId peer, CancellationToken cancellation) => OnControlThread((node, now) =>
    {
        if (!_peers.TryGetValue(peer, out PeerOptions? known))
            throw new AgentRequestException("peer.unknown", "There is no such peer; see `whalescale peers list`.");
        if (IsManagedByHand(peer, out string where))
            throw new AgentRequestException("peer.managed_by_hand", $"{known.Name} is written in {where}; edit it there.");
        _parts.PeerFile.Remove(peer);
        node.RemovePeer(peer, now);
        _peers.TryRemove(peer, out _);
        ConfigureDevice();
        _parts.Discovery.Forget(peer);
    }).WaitAsync(cancellation);

    private static AgentRequestException? Problem(AddPeerVerdict verdict, PeerOptions peer) => verdict switch
    {
        AddPeerVerdict.Added => null,
        AddPeerVerdict.UnusableId => new("peer.invalid_id",
            $"{peer.Id} is no usable node id of another node; compare it with what `whalescale id` prints there."),
        AddPeerVerdict.KeyTaken => new("peer.invalid_id",
            $"{peer.Id} has the key of a node that is known under another id."),
        AddPeerVerdict.RouteTaken => new("peer.route_taken",
            $"An overlay network of {peer.Name} belongs to another node already; give it other routes."),
        _ => new("peer.too_many", $"More than {Types.Limits.Peers} peers are not possible."),
    };

    private void FollowPaths(int mtu)
    {
        if (_parts.Options.Tun.IsMtuFixed || _parts.Tun is null) return;
        (int before, _mtu) = (_mtu, mtu);
        try
        {
            ConfigureDevice();
            RuntimeLog.MtuFollowed(_log, mtu);
        }
        catch (IOException refusal)
        {
            // The old one still works: what does not fit travels in parts.
            _mtu = before;
            RuntimeLog.MtuRefused(_log, mtu, refusal.Message);
        }
    }

    private bool IsManagedByHand(NodeId peer, out string where) =>
        _parts.HandWrittenPeers.TryGetValue(peer, out where!);

    private Task OnControlThread(Action<MeshNode, Instant> action)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _parts.Control.Post((node, now) =>
        {
            try
            {
                action(node, now);
                done.TrySetResult();
            }
            catch (Exception failure)
            {
                // The caller's to judge: a refusal, or a file that cannot be written.
                done.TrySetException(failure);
            }
        });
        return done.Task;
    }

    private void Log(NodeEvent happened)
    {
        switch (happened)
        {
            case NodeEvent.SessionEstablished { IsRekey: true } it:
                RuntimeLog.Rekeyed(_log, it.Name, (long)it.Elapsed.TotalMilliseconds, it.Suite);
                break;
            case NodeEvent.SessionEstablished it:
                RuntimeLog.SessionEstablished(_log, it.Name, (long)it.Elapsed.TotalMilliseconds);
                RuntimeLog.PeerLocated(_log, it.Name, it.Remote);
                break;
            case NodeEvent.SessionClosed it:
                RuntimeLog.SessionClosed(_log, it.Name);
                break;
            case NodeEvent.PathMoved it:
                RuntimeLog.PathMoved(_log, it.Name, it.Path);
                RuntimeLog.PeerLocated(_log, it.Name, it.Remote);
                break;
            case NodeEvent.PeerClockImplausible it:
                RuntimeLog.PeerClockImplausible(_log, it.Name);
                break;
            case NodeEvent.SchedulerFaulted it:
                RuntimeLog.SchedulerFaulted(_log, it.Fault, it.Name);
                break;
        }
    }
}
