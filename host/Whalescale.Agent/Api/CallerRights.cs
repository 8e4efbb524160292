using Whalescale.Connectors;

namespace Whalescale.Agent.Api;

/// <summary>Who may use the API.</summary>
/// <remarks>On a Unix socket the kernel has already asked the file's mode; this asks again who is there, so that a mode
/// loosened by hand opens nothing: root, the agent's own user, and members of the socket's group are the operators.
/// A transport that does not tell who connects admits nobody until it brings a proof of its own.</remarks>
internal static class CallerRights
{
    public static bool MayOperate(IConnectorListener listener, ConnectorConnection connection)
    {
        if (OperatingSystem.IsWindows() || listener.Endpoint.Mode != ConnectorMode.Unix) return false;
        if (connection.PeerUserId is not { } user) return !OperatingSystem.IsLinux();
        if (user == 0 || user == UnixAccounts.EffectiveUserId) return true;
        return listener is UnixConnectorListener unix && UnixAccounts.IsMember(user, unix.GroupId);
    }
}
