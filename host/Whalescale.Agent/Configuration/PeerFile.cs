using System.Text;
using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;
using Whalescale.Agent.Persistence;

namespace Whalescale.Agent.Configuration;

/// <summary>The peers that commands add: <c>conf.d/50-peers.toml</c> beside the main file, rewritten whole.</summary>
/// <remarks>One process writes it at a time: the running agent, or a command while none runs.</remarks>
internal sealed class PeerFile(string mainFile, IFileOperations? operations = null)
{
    /// <summary>Name of the file: after most of what people number, so that it is easy to tell whose it is.</summary>
    public const string FileName = "50-peers.toml";

    private const string Header = "# written by whalescale peers; edit by hand only while no agent runs\n";

    private readonly IFileOperations _operations = operations ?? FileOperations.Instance;

    /// <summary>Full path of the file.</summary>
    public string FilePath { get; } = Path.Combine(ConfigurationLoader.ConfDirectoryOf(mainFile), FileName);

    /// <summary>The peers in it; none if there is no file.</summary>
    /// <exception cref="ConfigurationException">It was edited, and not well; nothing is changed.</exception>
    /// <exception cref="StateFileException">It cannot be read.</exception>
    public IReadOnlyList<PeerOptions> List()
    {
        var values = new ConfigurationValues(new ConfigurationChecks());
        try
        {
            if (File.Exists(FilePath))
                values.AddFile(SettingOriginKind.ConfDirectory, FilePath, ConfigurationLoader.ReadDocument(FilePath));
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            throw StateFileException.From(error, FilePath, "reading");
        }

        ConfigurationDefaults.Apply(values, hostName: "", new ConfigurationChecks());
        new PeerChecks(values).Run();
        CheckOnlyPeers(values);
        if (values.Mistakes.Count > 0) throw new ConfigurationException(values.Mistakes);
        return [.. values.Rows("peer").Select(OptionsBuilder.BuildPeer)];
    }

    /// <summary>Adds a peer, or replaces the one of the same id in its place.</summary>
    /// <exception cref="ConfigurationException">The peer is not valid or collides with another of the file, or the
    /// file is damaged; nothing is changed.</exception>
    /// <exception cref="StateFileException">The file cannot be read or written.</exception>
    public void Add(PeerOptions peer)
    {
        List<PeerOptions> peers = [.. List()];
        int index = peers.FindIndex(each => each.Id == peer.Id);
        if (index < 0) peers.Add(peer);
        else peers[index] = peer;
        Write(peers);
    }

    /// <summary>Removes a peer.</summary>
    /// <returns>False, and nothing has changed, if it is not in the file.</returns>
    /// <exception cref="ConfigurationException">The file is damaged; nothing is changed.</exception>
    /// <exception cref="StateFileException">The file cannot be read or written.</exception>
    public bool Remove(NodeId id)
    {
        List<PeerOptions> peers = [.. List()];
        if (peers.RemoveAll(each => each.Id == id) == 0) return false;
        Write(peers);
        return true;
    }

    /// <summary>Where a peer is written by hand ("file:line"), so that commands leave it alone; null if it is
    /// not.</summary>
    public string? FindWrittenByHand(ConfigurationResult configuration, NodeId id)
    {
        PeerOrigin? found = configuration.Peers.FirstOrDefault(peer => peer.Id == id && peer.Origin.Name != FilePath);
        return found?.Origin.Place;
    }

    private static void CheckOnlyPeers(ConfigurationValues values)
    {
        foreach (TableValues table in values.Tables)
        {
            foreach (Setting setting in table.Table.Settings)
            {
                if (table.Find(setting) is { Origin: { Position.IsNone: false } origin })
                    Misplaced(values, origin, setting.Path);
            }
        }

        foreach (SettingTable table in Settings.Tables.Where(each => each.IsArray && each.Name != "peer"))
        {
            foreach (TableValues row in values.Rows(table.Name)) Misplaced(values, row.Header, table.Name);
        }
    }

    private static void Misplaced(ConfigurationValues values, SettingOrigin origin, string what) =>
        values.Mistakes.Add(new Mistake(origin.Name, origin.Position,
            $"{what}: this file is rewritten by commands and holds peers only; move it to another file"));

    private void Write(List<PeerOptions> peers)
    {
        string text = Compose(peers);
        var values = new ConfigurationValues(new ConfigurationChecks());
        values.AddFile(SettingOriginKind.ConfDirectory, FilePath, TomlReader.Read(Encoding.UTF8.GetBytes(text)));
        new PeerChecks(values).Run();
        if (values.Mistakes.Count > 0)
        {
            // Their places are in a text that nobody will see.
            throw new ConfigurationException(
                [.. values.Mistakes.Select(each => new Mistake(FilePath, default, each.Message))]);
        }

        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
            AtomicFile.Replace(FilePath, Encoding.UTF8.GetBytes(text), _operations);
        }
        catch (Exception error) when (StateFileException.IsOfFileSystem(error))
        {
            throw StateFileException.From(error, FilePath, "writing");
        }
    }

    private static string Compose(List<PeerOptions> peers)
    {
        var text = new StringBuilder(Header);
        foreach (PeerOptions peer in peers)
        {
            text.Append("\n[[peer]]\n");
            Append(text, Settings.PeerId, peer.Id);
            Append(text, Settings.PeerName, peer.Name);
            if (peer.Endpoints.Count > 0) Append(text, Settings.PeerEndpoints, peer.Endpoints);
            if (peer.IsAnchor) Append(text, Settings.PeerIsAnchor, peer.IsAnchor);
            if (peer.Routes.Count > 0) Append(text, Settings.PeerRoutes, peer.Routes);
        }

        return text.ToString();
    }

    private static void Append<T>(StringBuilder text, Setting<T> setting, T value)
        where T : notnull => text.Append($"{setting.Key} = {TomlText.Write(setting.ToToml(value))}\n");
}
