using System.Net.Sockets;
using System.Runtime.Versioning;
using Whalescale.Connectors;

namespace Whalescale.Tests.Connectors;

[UnsupportedOSPlatform("windows")]
public sealed class UnixConnectorTests : IDisposable
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly TemporaryDirectory _directory = new();

    private string SocketPath => _directory.File("api.sock");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Bytes_travel_both_ways_and_the_listener_knows_who_connected()
    {
        var connector = new UnixConnector(ConnectorEndpoint.Unix(SocketPath));
        await using IConnectorListener listener = await connector.ListenAsync(None);
        await using Stream client = await connector.ConnectAsync(None);
        ConnectorConnection accepted = (await listener.AcceptAsync(None))!;
        await using Stream server = accepted.Stream;

        await client.WriteAsync("to the agent"u8.ToArray(), None);
        Assert.Equal("to the agent", await ReadTextAsync(server));
        await server.WriteAsync("back again"u8.ToArray(), None);
        Assert.Equal("back again", await ReadTextAsync(client));
        Assert.Equal(UnixAccounts.EffectiveUserId, accepted.PeerUserId);
    }

    [Fact]
    public async Task A_missing_directory_is_made_for_owner_and_group_and_the_socket_is_theirs_alone()
    {
        string path = _directory.File("run/api.sock");
        await using IConnectorListener listener = await Listen(path);

        Assert.Equal("750", Octal(File.GetUnixFileMode(_directory.File("run"))));
        Assert.Equal("660", Octal(File.GetUnixFileMode(path)));
        Assert.Equal([path], Directory.GetFileSystemEntries(_directory.File("run")));
    }

    [Fact]
    public async Task A_stale_socket_is_replaced()
    {
        LeaveStaleSocket(SocketPath);
        await Assert.ThrowsAsync<IOException>(() => Connector(SocketPath).ConnectAsync(None));

        await using IConnectorListener listener = await Listen(SocketPath);
        await using Stream client = await Connector(SocketPath).ConnectAsync(None);
        Assert.NotNull(await listener.AcceptAsync(None));
    }

    [Fact]
    public async Task A_live_owners_socket_is_never_taken()
    {
        await using IConnectorListener first = await Listen(SocketPath);
        IOException refusal = await Assert.ThrowsAsync<IOException>(() => Listen(SocketPath));
        Assert.Contains(SocketPath, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("listens there already", refusal.Message, StringComparison.Ordinal);

        await using Stream client = await Connector(SocketPath).ConnectAsync(None);
        Assert.NotNull(await first.AcceptAsync(None));
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        await File.WriteAllTextAsync(SocketPath, "precious");
        await Assert.ThrowsAsync<IOException>(() => Listen(SocketPath));
        Assert.Equal("precious", await File.ReadAllTextAsync(SocketPath));
        Assert.Equal([SocketPath], Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task A_directory_where_anybody_may_replace_the_socket_is_refused()
    {
        Directory.CreateDirectory(_directory.File("open"));
        File.SetUnixFileMode(_directory.File("open"), (UnixFileMode)0b111_111_111);
        IOException refusal = await Assert.ThrowsAsync<IOException>(() => Listen(_directory.File("open/api.sock")));
        Assert.Contains("chmod o-w", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disposal_removes_the_socket_and_ends_the_wait()
    {
        IConnectorListener listener = await Listen(SocketPath);
        Task<ConnectorConnection?> waiting = listener.AcceptAsync(None).AsTask();
        await listener.DisposeAsync();

        Assert.Null(await waiting.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Empty(Directory.GetFileSystemEntries(_directory.Path));
    }

    [Fact]
    public async Task Disposal_leaves_a_file_that_another_put_in_its_place()
    {
        IConnectorListener listener = await Listen(SocketPath);
        File.Delete(SocketPath);
        await File.WriteAllTextAsync(SocketPath, "of somebody else");
        await listener.DisposeAsync();
        Assert.Equal("of somebody else", await File.ReadAllTextAsync(SocketPath));
    }

    [Fact]
    public async Task Where_nothing_listens_the_message_names_the_path()
    {
        IOException refusal = await Assert.ThrowsAsync<IOException>(() => Connector(SocketPath).ConnectAsync(None));
        Assert.Equal($"{SocketPath}: there is no such socket", refusal.Message);
    }

    [Fact]
    public async Task A_path_that_does_not_fit_a_socket_address_is_refused_in_words()
    {
        string path = "/" + new string('x', 106);
        Assert.True(ConnectorEndpoint.TryParse("unix://" + path, out ConnectorEndpoint endpoint, out _));
        IOException refusal = await Assert.ThrowsAsync<IOException>(() => new UnixConnector(endpoint).ListenAsync(None));
        Assert.Contains("at most 106 bytes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Root_is_a_member_of_its_own_group_and_a_user_nobody_knows_of_none()
    {
        Assert.True(UnixAccounts.IsMember(0, 0));
        Assert.False(UnixAccounts.IsMember(3_999_999_999, 0));
        Assert.Equal(0u, UnixAccounts.FindGroup("root"));
        Assert.Null(UnixAccounts.FindGroup("no-such-group-here"));
    }

    [Fact]
    public void A_file_tells_its_owner_mode_and_kind_and_a_link_tells_of_itself()
    {
        File.WriteAllText(_directory.File("f"), "");
        File.SetUnixFileMode(_directory.File("f"), (UnixFileMode)0b110_100_010);
        File.CreateSymbolicLink(_directory.File("l"), _directory.File("f"));

        UnixFile file = UnixFile.Find(_directory.File("f"))!.Value;
        Assert.Equal((UnixAccounts.EffectiveUserId, "642"), (file.UserId, Octal(file.Mode)));
        Assert.True(file.IsWritableByOthers);
        Assert.Equal(UnixFileKind.Regular, file.Kind);
        Assert.Equal(UnixFileKind.SymbolicLink, UnixFile.Find(_directory.File("l"))!.Value.Kind);
        Assert.Equal(UnixFileKind.Directory, UnixFile.Find(_directory.Path)!.Value.Kind);
        Assert.Null(UnixFile.Find(_directory.File("none")));
    }

    private static UnixConnector Connector(string path) => new(ConnectorEndpoint.Unix(path));

    private static Task<IConnectorListener> Listen(string path) => Connector(path).ListenAsync(None);

    private static string Octal(UnixFileMode mode) => Convert.ToString((int)mode, 8);

    private static async Task<string> ReadTextAsync(Stream stream)
    {
        var buffer = new byte[100];
        int read = await stream.ReadAsync(buffer, None);
        return System.Text.Encoding.UTF8.GetString(buffer, 0, read);
    }

    /// <summary>What a killed agent leaves: the file of a socket that nobody listens on.</summary>
    private static void LeaveStaleSocket(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path + ".made"));
        File.Move(path + ".made", path);
    }
}
