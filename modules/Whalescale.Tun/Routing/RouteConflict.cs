namespace Whalescale.Tun.Routing;

/// <summary>A prefix that two owners claim.</summary>
/// <param name="Prefix">The prefix, host bits cleared.</param>
/// <param name="FirstOwner">Whoever named it first.</param>
/// <param name="SecondOwner">Whoever named it again.</param>
public readonly record struct RouteConflict(IpPrefix Prefix, int FirstOwner, int SecondOwner);
