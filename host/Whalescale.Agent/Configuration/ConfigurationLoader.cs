using Whalescale.Agent.Configuration.Schema;
using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration;

/// <summary>Reads the configuration: command line over environment over conf.d over the main file over
/// defaults.</summary>
/// <remarks>
/// 1 the main file, 2 <c>conf.d/*.toml</c> beside it in the order of the names' bytes, 3 variables, 4 options; a later
/// value replaces an earlier one, rows of <c>[[peer]]</c>, <c>[[path]]</c> and <c>[[plugins.load]]</c> add up; 5
/// defaults that follow
/// from others; 6 what must hold between values. All mistakes of all steps are reported together.
/// </remarks>
internal static class ConfigurationLoader
{
    /// <summary>Where the configuration is looked for unless said otherwise.</summary>
    public const string DefaultFile = "/etc/whalescale/whalescale.toml";

    /// <summary>Files of conf.d that are read; more are a mistake. Each holds <see cref="TomlLimits.FileBytes"/> at
    /// most.</summary>
    private const int ConfDirectoryFiles = 256;

    /// <summary>Reads everything.</summary>
    public static ConfigurationResult Load(ConfigurationInputs inputs)
    {
        var values = new ConfigurationValues(inputs.Checks);
        var files = new List<string>();
        bool isMissing = !File.Exists(inputs.MainFile) && !Directory.Exists(inputs.MainFile);
        bool isDenied = false;
        if (isMissing)
        {
            values.Mistakes.Add(new Mistake(inputs.MainFile, default,
                $"there is no such file; 'whalescale init --config {inputs.MainFile}' writes one"));
        }
        else isDenied |= !TryAddFile(values, SettingOriginKind.File, inputs.MainFile, files);

        foreach (string file in ListConfDirectory(values, inputs.MainFile, ref isDenied))
            isDenied |= !TryAddFile(values, SettingOriginKind.ConfDirectory, file, files);

        EnvironmentValues.AddTo(values, inputs.Environment);
        EnvironmentValues.AddTo(values, inputs.Overrides);
        ConfigurationDefaults.Apply(values, inputs.HostName, inputs.Checks);
        new PeerChecks(values).Run();
        ModuleChecks.Run(values, inputs.Checks);
        return new ConfigurationResult
        {
            Options = values.Mistakes.Count == 0 ? OptionsBuilder.Build(values) : null,
            Mistakes = InOrder(values.Mistakes, files),
            Settings = [.. ListSettings(values, inputs.Checks)],
            Files = files,
            Peers = [.. ListPeers(values)],
            IsMainFileMissing = isMissing,
            IsAccessDenied = isDenied,
        };
    }

    /// <summary>The directory of further files that belongs to a main file.</summary>
    public static string ConfDirectoryOf(string mainFile) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(mainFile)) ?? "/", "conf.d");

    private static List<string> ListConfDirectory(ConfigurationValues values, string mainFile, ref bool isDenied)
    {
        string directory = ConfDirectoryOf(mainFile);
        if (!Directory.Exists(directory)) return [];
        try
        {
            List<string> files = [.. Directory.EnumerateFiles(directory, "*.toml")
                .Where(file => !Path.GetFileName(file).StartsWith('.'))
                .Order(StringComparer.Ordinal)
                .Take(ConfDirectoryFiles + 1)];
            if (files.Count > ConfDirectoryFiles)
                values.Mistakes.Add(
                    new Mistake(directory, default, $"more than {ConfDirectoryFiles} files; join some"));
            return files;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            isDenied |= error is UnauthorizedAccessException;
            values.Mistakes.Add(new Mistake(directory, default, $"cannot be listed: {error.Message}"));
            return [];
        }
    }

    /// <returns>False if the file may not be read.</returns>
    private static bool TryAddFile(ConfigurationValues values, SettingOriginKind kind, string file, List<string> files)
    {
        files.Add(file);
        try
        {
            values.AddFile(kind, file, ReadDocument(file));
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            values.Mistakes.Add(new Mistake(file, default, $"cannot be read: {error.Message}"));
            return error is not UnauthorizedAccessException;
        }
    }

    /// <summary>Reads a file as TOML, and not more of it than the reader takes.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    internal static TomlDocument ReadDocument(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[TomlLimits.FileBytes + 1];
        int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        return TomlReader.Read(bytes.AsSpan(0, length));
    }

    private static Mistake[] InOrder(List<Mistake> mistakes, List<string> files)
    {
        int Rank(Mistake mistake) => files.IndexOf(mistake.Source) is var index && index < 0 ? int.MaxValue : index;
        return [.. mistakes
            .OrderBy(Rank)
            .ThenBy(mistake => mistake.Position.Line)
            .ThenBy(mistake => mistake.Position.Column)];
    }

    private static IEnumerable<EffectiveSetting> ListSettings(ConfigurationValues values, ConfigurationChecks checks)
    {
        foreach (SettingTable table in Settings.Tables)
        {
            if (!table.IsArray)
            {
                foreach (EffectiveSetting each in ListTable(values[table.Name], table.Name, checks)) yield return each;
                continue;
            }

            IReadOnlyList<TableValues> rows = values.Rows(table.Name);
            for (int i = 0; i < rows.Count; i++)
            {
                string name = FormattableString.Invariant($"{table.Name}[{i}]");
                foreach (EffectiveSetting each in ListTable(rows[i], name, checks)) yield return each;
            }
        }
    }

    private static IEnumerable<EffectiveSetting> ListTable(TableValues table, string name, ConfigurationChecks checks)
    {
        foreach (Setting setting in table.Table.Settings)
        {
            string key = $"{name}.{setting.Key}";
            if (table.Find(setting) is { } value)
                yield return new EffectiveSetting(key, setting.ToToml(value.Typed), value.Origin);
            else if (setting.DefaultValue is { } fallback && setting.Unavailable(checks) is null
                && table.IsMissing(setting))
                yield return new EffectiveSetting(key, fallback, SettingOrigin.Default);
        }
    }

    private static IEnumerable<PeerOrigin> ListPeers(ConfigurationValues values) =>
        from peer in values.Rows("peer")
        where peer.Find(Settings.PeerId) is not null
        select new PeerOrigin(peer.Get(Settings.PeerId), peer.Get(Settings.PeerName), peer.Header);
}
