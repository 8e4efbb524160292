namespace Whalescale.Abstractions;

/// <summary>Decides how to get through the NATs between two nodes: pure, situation in, plan out; a module or
/// plugin.</summary>
public interface INatStrategy
{
    /// <summary>Name of the port mapper it needs, or null.</summary>
    string? PortMapper { get; }

    /// <summary>The steps to try now; empty if this strategy cannot help here.</summary>
    /// <remarks>Never a guess at ports: targets come from <see cref="NatSituation.RemoteCandidates"/> alone.</remarks>
    IReadOnlyList<PunchStep> Plan(in NatSituation situation);
}

/// <summary>What is known of both sides (terms of RFC 4787).</summary>
/// <param name="LocalMapping">How our NAT maps.</param>
/// <param name="LocalFiltering">How our NAT filters.</param>
/// <param name="RemoteMapping">How the peer's NAT maps.</param>
/// <param name="RemoteFiltering">How the peer's NAT filters.</param>
/// <param name="LocalCandidates">Where we may be reached.</param>
/// <param name="RemoteCandidates">Where the peer may be reached.</param>
/// <param name="SmoothedRtt">Round-trip time over the relayed path.</param>
/// <param name="Attempt">0 at first.</param>
public readonly record struct NatSituation(
    NatBehaviour LocalMapping, NatBehaviour LocalFiltering, NatBehaviour RemoteMapping, NatBehaviour RemoteFiltering,
    IReadOnlyList<Candidate> LocalCandidates, IReadOnlyList<Candidate> RemoteCandidates, TimeSpan SmoothedRtt,
    int Attempt);

/// <summary>Dependence of a NAT's mapping or filtering (RFC 4787, sections 4.1 and 5).</summary>
public enum NatBehaviour : byte
{
    /// <summary>Not known yet.</summary>
    Unknown,

    /// <summary>No NAT or no filter.</summary>
    None,

    /// <summary>The same for every remote endpoint.</summary>
    EndpointIndependent,

    /// <summary>By remote address.</summary>
    AddressDependent,

    /// <summary>By remote address and port.</summary>
    AddressAndPortDependent,
}

/// <summary>One probe of a punch plan.</summary>
/// <param name="Delay">After the agreed start.</param>
/// <param name="Target">Where to.</param>
public readonly record struct PunchStep(TimeSpan Delay, Candidate Target);

/// <summary>Asks a router for a port mapping (PCP, NAT-PMP, UPnP-IGD); a module or plugin.</summary>
public interface IPortMapper
{
    /// <summary>Makes or renews a mapping.</summary>
    /// <returns>The mapping, or null if no router answered or it refused.</returns>
    Task<PortMapping?> RequestAsync(PortMappingRequest request, CancellationToken cancellation);

    /// <summary>Removes a mapping; silent if it is gone already.</summary>
    Task ReleaseAsync(PortMapping mapping, CancellationToken cancellation);
}

/// <summary>A wish for a port mapping.</summary>
/// <param name="Underlay">Interface towards the router.</param>
/// <param name="InternalPort">Our UDP port.</param>
/// <param name="Lifetime">How long.</param>
public sealed record PortMappingRequest(Underlay Underlay, ushort InternalPort, TimeSpan Lifetime);

/// <summary>A mapping a router made.</summary>
/// <param name="External">Where we are reached from outside.</param>
/// <param name="InternalPort">Our UDP port.</param>
/// <param name="Lifetime">How long from now.</param>
/// <param name="Method">Name of the mapper.</param>
public sealed record PortMapping(Endpoint External, ushort InternalPort, TimeSpan Lifetime, string Method);
