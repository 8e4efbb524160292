using System.Collections.Immutable;
using Whalescale.Agent.Configuration;
using Whalescale.Agent.Loops;

namespace Whalescale.Agent.Runtime;

/// <summary>Between the discovery sources and the node: what is wanted one way, hints the other.</summary>
internal sealed class DiscoveryHub(ControlLoop control) : IDiscoverySink
{
    private readonly Lock _gate = new();
    private ImmutableDictionary<NodeId, WantedPeer> _wanted = ImmutableDictionary<NodeId, WantedPeer>.Empty;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public IReadOnlyList<WantedPeer> Wanted => [.. Volatile.Read(ref _wanted).Values];

    /// <inheritdoc/>
    public Task WaitForWantedAsync(CancellationToken cancellation)
    {
        lock (_gate) return _changed.Task.WaitAsync(cancellation);
    }

    /// <inheritdoc/>
    public void Offer(PeerHint hint) =>
        control.Post((node, now) => node.OfferCandidate(hint.Peer, hint.Candidate, now));

    /// <summary>Wants the addresses of a peer.</summary>
    internal void Want(PeerOptions peer) => Change(_wanted.SetItem(peer.Id, new WantedPeer(peer.Id, peer.Endpoints)));

    /// <summary>Wants them no more.</summary>
    internal void Forget(NodeId peer) => Change(_wanted.Remove(peer));

    /// <summary>What is known does not lead to the peer: look again.</summary>
    internal void Refresh() => Change(_wanted);

    private void Change(ImmutableDictionary<NodeId, WantedPeer> wanted)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            Volatile.Write(ref _wanted, wanted);
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }
}
