using System.Net.Sockets;
using System.Runtime.Versioning;
using Whalescale.Connectors.Interop;

namespace Whalescale.Connectors;

/// <summary>The file of a listening Unix socket, from publication to removal.</summary>
/// <remarks>
/// The socket is bound under a name of its own, given mode, group and backlog, and then renamed into place: nobody ever
/// sees it half made, and the rename replaces a stale file at the same instant. A lock file beside it keeps two
/// agents that start together from each taking the other's socket for a stale one.
/// </remarks>
[UnsupportedOSPlatform("windows")]
internal sealed class UnixSocketFile
{
    /// <summary>Group that may use the API, if the machine has one of this name.</summary>
    internal const string PreferredGroup = "whalescale";

    /// <summary>sun_path holds 108 bytes with the final zero (unix(7)); one goes to the mark of the provisional
    /// name.</summary>
    private const int LongestPathBytes = 106;

    private const UnixFileMode DirectoryMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private const UnixFileMode SocketMode = UnixFileMode.UserRead | UnixFileMode.UserWrite
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    private readonly string _path;
    private readonly UnixFile? _made;

    private UnixSocketFile(string path, uint groupId)
    {
        (_path, GroupId) = (path, groupId);
        _made = UnixFile.Find(path);
    }

    /// <summary>Group of the file.</summary>
    internal uint GroupId { get; }

    /// <summary>Binds the socket to the path and starts to listen.</summary>
    internal static UnixSocketFile Publish(Socket socket, string path, int backlog)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(path) > LongestPathBytes)
            throw new IOException($"{path}: the path of a listening socket has at most {LongestPathBytes} bytes");

        uint? preferred = UnixAccounts.FindGroup(PreferredGroup);
        PrepareDirectory(path, preferred);
        using FileStream turn = TakeTurn(path);
        try
        {
            RefuseIfInUse(path);
            string provisional = path + "~";
            File.Delete(provisional);
            socket.Bind(new UnixDomainSocketEndPoint(provisional));
            File.SetUnixFileMode(provisional, SocketMode);
            uint group = GiveTo(provisional, preferred) ?? UnixAccounts.EffectiveGroupId;
            socket.Listen(backlog);
            File.Move(provisional, path, overwrite: true);
            return new UnixSocketFile(path, group);
        }
        catch (SocketException refusal)
        {
            throw Explain(path, refusal);
        }
        finally
        {
            File.Delete(turn.Name);
        }
    }

    /// <summary>Deletes the file unless another has taken its place.</summary>
    internal void Remove()
    {
        if (_made is { } made && UnixFile.Find(_path) is { } present
            && (present.Device != made.Device || present.Inode != made.Inode))
        {
            return;
        }

        try
        {
            File.Delete(_path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The directory became read-only under us. The file left over is found stale by the next start.
            System.Diagnostics.Debug.WriteLine($"{_path}: {failure.Message}");
        }
    }

    private static void PrepareDirectory(string path, uint? group)
    {
        string directory = Path.GetDirectoryName(path) ?? "/";
        if (Directory.Exists(directory))
        {
            if (UnixFile.Find(directory) is { } found
                && found.Mode.HasFlag(UnixFileMode.OtherWrite) && !found.Mode.HasFlag(UnixFileMode.StickyBit))
            {
                throw new IOException(
                    $"{directory}: anybody may replace files there; take the right from others (chmod o-w {directory}) "
                    + "or choose another place for the socket");
            }

            return;
        }

        try
        {
            Directory.CreateDirectory(directory, DirectoryMode);
            File.SetUnixFileMode(directory, DirectoryMode);
            GiveTo(directory, group);
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new UnauthorizedAccessException(
                $"{directory}: cannot be made ({refusal.Message}); run as root or choose another place for the socket",
                refusal);
        }
    }

    /// <summary>Only one process at a time looks whether the socket is stale and puts its own there.</summary>
    private static FileStream TakeTurn(string path)
    {
        string turn = path + ".lock";
        try
        {
            return new FileStream(turn, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException refusal)
        {
            throw new UnauthorizedAccessException(
                $"{path}: its directory may not be written ({refusal.Message}); run as root or choose another place",
                refusal);
        }
        catch (IOException refusal)
        {
            throw new IOException(
                $"{path}: another agent is starting there ({refusal.Message}); wait for it, or choose another place",
                refusal);
        }
    }

    private static void RefuseIfInUse(string path)
    {
        if (UnixFile.Find(path) is { } found && found.Kind != UnixFileKind.Socket)
            throw new IOException($"{path}: exists and is no socket; move it away or choose another place");
        if (!File.Exists(path)) return;

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException answer) when (answer.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return;
        }

        throw new IOException($"{path}: an agent listens there already; stop it, or choose another place for the socket");
    }

    /// <returns>The group given, or null if there is none to give or we may not.</returns>
    private static uint? GiveTo(string path, uint? group) =>
        group is { } id && LibC.ChangeOwner(path, LibC.Unchanged, id) == 0 ? id : null;

    private static Exception Explain(string path, SocketException refusal) =>
        refusal.SocketErrorCode == SocketError.AccessDenied
            ? new UnauthorizedAccessException(
                $"{path}: permission denied; run as root or choose another place for the socket", refusal)
            : new IOException($"{path}: {refusal.Message}; choose another place for the socket", refusal);
}
