namespace Whalescale.Agent.Configuration.Toml;

/// <summary>A value of a document, with the place where it begins.</summary>
internal abstract record TomlValue(TomlPosition Position)
{
    /// <summary>What it is, in the words of a message: "text", "a whole number".</summary>
    public abstract string KindName { get; }
}

/// <summary>Text, whichever of the four forms it was written in.</summary>
internal sealed record TomlString(string Value, TomlPosition Position) : TomlValue(Position)
{
    public override string KindName => "text";
}

/// <summary>A 64-bit integer.</summary>
internal sealed record TomlInteger(long Value, TomlPosition Position) : TomlValue(Position)
{
    public override string KindName => "a whole number";
}

/// <summary>An IEEE 754 binary64, infinities and not-a-number included.</summary>
internal sealed record TomlFloat(double Value, TomlPosition Position) : TomlValue(Position)
{
    public override string KindName => "a number with a fraction";
}

/// <summary>True or false.</summary>
internal sealed record TomlBoolean(bool Value, TomlPosition Position) : TomlValue(Position)
{
    public override string KindName => "true or false";
}

/// <summary>A value that could not be read; its error is reported already, so nobody complains of it again.</summary>
internal sealed record TomlInvalid(TomlPosition Position) : TomlValue(Position)
{
    public override string KindName => "nothing readable";
}
