using Whalescale.Agent.Configuration.Toml;

namespace Whalescale.Agent.Configuration.Schema;

/// <summary>Where a setting can be used in this version.</summary>
internal enum Availability
{
    Everywhere,
    WindowsOnly,

    /// <summary>The name is reserved: using it is a mistake that says so, never a setting without effect.</summary>
    NotYet,
}

/// <summary>One key of the configuration: all that is known of it.</summary>
internal abstract class Setting(string table, string key, string documentation)
{
    /// <summary>Name of its table: "tun", "peer", "plugins.load".</summary>
    public string Table => table;

    public string Key => key;

    /// <summary>"tun.mtu".</summary>
    public string Path => $"{table}.{key}";

    /// <summary>One line for the generated file and the reference.</summary>
    public string Documentation => documentation;

    /// <summary>Whether an entry without it is a mistake.</summary>
    public bool IsRequired { get; init; }

    public Availability Availability { get; init; }

    /// <summary>Whether the default depends on the machine or on other settings; the documentation then says
    /// how.</summary>
    public bool HasDerivedDefault { get; init; }

    /// <summary>Kind of the modules it names (<see cref="ModuleKinds"/>), or null.</summary>
    public string? ModuleKind { get; init; }

    public abstract bool IsList { get; }

    /// <summary>A good value as TOML, where that of the rule says too little.</summary>
    public string? OwnExample { get; init; }

    /// <summary>A good value as TOML.</summary>
    public string Example => OwnExample ?? RuleExample;

    protected abstract string RuleExample { get; }

    /// <summary>The default; null: there is none.</summary>
    public abstract TomlValue? DefaultValue { get; }

    /// <summary>Name of the environment variable; lists and rows of tables have none.</summary>
    public string EnvironmentName => EnvironmentNameOf(table, key);

    public static string EnvironmentNameOf(string table, string key) =>
        $"WHALESCALE_{table}_{key}".Replace('.', '_').ToUpperInvariant();

    /// <summary>Reads a value; null after a mistake.</summary>
    public abstract object? Read(TomlValue value, RuleSite site);

    public abstract TomlValue ToToml(object value);

    public abstract TomlValue FromText(string text);

    /// <summary>Why it cannot be used here, or null.</summary>
    public string? Unavailable(ConfigurationChecks checks) => Availability switch
    {
        Availability.NotYet => "is not available in this version; remove it",
        Availability.WindowsOnly when !checks.IsWindows =>
            "is not available on this system, only on Windows; remove it",
        _ => null,
    };
}

/// <summary>A setting whose values are of type <typeparamref name="T"/>.</summary>
internal sealed class Setting<T>(string table, string key, ValueRule<T> rule, T defaultValue, string documentation)
    : Setting(table, key, documentation)
    where T : notnull
{
    /// <summary>The default; where there is none, the value that stands for "none".</summary>
    public T Default => defaultValue;

    /// <summary>Whether <see cref="Default"/> only stands for "none" and is not a value to show or write.</summary>
    public bool HasNoDefault { get; init; }

    public override bool IsList => rule.IsList;

    protected override string RuleExample => rule.Example;

    public override TomlValue? DefaultValue =>
        HasNoDefault || HasDerivedDefault || IsRequired ? null : rule.ToToml(defaultValue);

    public override object? Read(TomlValue value, RuleSite site) =>
        rule.TryRead(value, site, out T result) ? result : null;

    public override TomlValue ToToml(object value) => rule.ToToml((T)value);

    public override TomlValue FromText(string text) => rule.FromText(text);
}
